//! A proxy between snapback and a cloud. It fails as clouds and networks do, and records the requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fate {
    /// The cloud refuses it: a status, its own name of the error, a message.
    Error(u16, &'static str, &'static str),
    /// The same, with an additional header.
    ErrorWith(&'static str, u16, &'static str, &'static str),
    /// A server in between answers in HTML, and the cloud gets nothing.
    Html(u16),
    /// A server in between answers with this status, content type and body, and the cloud gets nothing.
    Is(u16, &'static str, Arc<str>),
    /// The cloud does it, and a server in between answers in HTML.
    DoneThenHtml(u16),
    /// The cloud does it, and the connection is cut before the answer.
    DoneThenReset,
    /// The connection is cut before the cloud gets it.
    Reset,
    /// The cloud does it, and the body is cut off.
    DoneThenCut,
    /// The cloud does it, and its text is cut off in a body that is whole.
    DoneThenHalf,
    /// The cloud does it, and an error of a server in between is in the middle of the body.
    DoneThenSpliced,
    /// The answer comes late.
    Slow(Duration),
    /// One text of the answer is replaced by another.
    Says(&'static str, &'static str),
    /// The cloud refuses it, and repeats the whole request in its message.
    Echo(u16, &'static str),
    /// Texts of the request's head are replaced before the cloud gets it.
    Asks(&'static [(&'static str, &'static str)]),
}

/// A request that was recorded.
#[derive(Debug, Clone)]
pub struct Seen {
    pub action: String,
    pub head: String,
    pub form: String,
}

/// The cloud's language.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// The name of a request, from its head and its body.
    pub action: fn(&str, &str) -> String,
    /// The content type of an error, and its body, from a status, a name and a message.
    pub error: fn(u16, &str, &str) -> (&'static str, String),
}

type Rule = Box<dyn Fn(&str, usize) -> Option<Fate> + Send + Sync>;

/// The proxy.
pub struct Between {
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    rule: Arc<Mutex<Rule>>,
}

/// The data of each of its connections.
struct Way {
    server: String,
    dialect: Dialect,
    /// Texts that are replaced in each answer: the address that a service gives for itself.
    moved: Vec<(String, String)>,
    /// An additional header for the server.
    header: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    rule: Arc<Mutex<Rule>>,
}

impl Between {
    /// A proxy for this server. Nothing fails yet.
    pub fn of(dialect: Dialect, server: &str, moved: &[(String, String)]) -> Self {
        Between::adding(dialect, server, moved, "X-Between: tests")
    }

    /// The same; the server gets this header as well.
    pub fn adding(dialect: Dialect, server: &str, moved: &[(String, String)], header: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_, _| None)));
        let way = Arc::new(Way {
            server: server.to_owned(),
            dialect,
            moved: moved.to_vec(),
            header: header.to_owned(),
            seen: Arc::clone(&seen),
            rule: Arc::clone(&rule),
        });
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let way = Arc::clone(&way);
                thread::spawn(move || drop(way.serve(client)));
            }
        });
        Between { address, seen, rule }
    }

    /// Sets what happens to the n-th request (from 1) of each action from now on.
    pub fn fails(&self, rule: impl Fn(&str, usize) -> Option<Fate> + Send + Sync + 'static) {
        self.seen.lock().unwrap().clear();
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    /// The requests since then.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self, action: &str) -> usize {
        self.seen().iter().filter(|seen| seen.action == action).count()
    }
}

impl Way {
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let (head, body) = message(&mut client)?;
        let form = String::from_utf8_lossy(&body).into_owned();
        let action = (self.dialect.action)(&head, &form);
        let nth = {
            let mut all = self.seen.lock().unwrap();
            all.push(Seen { action: action.clone(), head: head.clone(), form });
            all.iter().filter(|seen| seen.action == action).count()
        };
        let fate = (self.rule.lock().unwrap())(&action, nth);
        let done = || self.forwarded(&head, &body);
        let html = "<html><head><title>Bad Gateway</title></head><body><h1>It works!<br></h1></body></html>";
        let page = |status: u16| answer(&format!("HTTP/1.1 {status} No\r\nContent-Type: text/html"), html.len(), html);
        let error = |more: &str, status: u16, code: &str, words: &str| {
            let (kind, body) = (self.dialect.error)(status, code, words);
            let head =
                format!("HTTP/1.1 {status} No\r\nDate: Sat, 03 Feb 2001 04:05:06 GMT\r\nContent-Type: {kind}{more}");
            answer(&head, body.len(), &body)
        };
        let whole = |(head, body): (String, String)| answer(&head, body.len(), &body);
        let told = match fate {
            None => whole(done()?),
            Some(Fate::Slow(pause)) => {
                thread::sleep(pause);
                whole(done()?)
            }
            Some(Fate::Says(from, to)) => {
                let (head, body) = done()?;
                whole((head, body.replace(from, to)))
            }
            Some(Fate::Asks(others)) => {
                let head = others.iter().fold(head.clone(), |head, (from, to)| head.replace(from, to));
                whole(self.forwarded(&head, &body)?)
            }
            Some(Fate::Echo(status, code)) => {
                error("", status, code, &format!("{head}{}", String::from_utf8_lossy(&body)))
            }
            Some(Fate::Error(status, code, words)) => error("", status, code, words),
            Some(Fate::ErrorWith(header, status, code, words)) => error(&format!("\r\n{header}"), status, code, words),
            Some(Fate::Html(status)) => page(status),
            Some(Fate::Is(status, kind, body)) => {
                answer(&format!("HTTP/1.1 {status} Yes\r\nContent-Type: {kind}"), body.len(), &body)
            }
            Some(Fate::DoneThenHtml(status)) => {
                done()?;
                page(status)
            }
            Some(Fate::DoneThenCut) => {
                let (head, body) = done()?;
                // An empty body is cut in its head: more was announced than comes.
                answer(&head, body.len().max(2), &body[..body.len() / 2])
            }
            Some(Fate::DoneThenHalf) => {
                let (head, body) = done()?;
                answer(&head, body.len() / 2, &body[..body.len() / 2])
            }
            Some(Fate::DoneThenSpliced) => {
                let (head, body) = done()?;
                let body = format!("{}HTTP/1.1 502 Bad Gateway\r\n\r\n{html}", &body[..body.len() / 2]);
                answer(&head, body.len(), &body)
            }
            Some(Fate::DoneThenReset) => {
                done()?;
                String::new()
            }
            Some(Fate::Reset) => String::new(),
        };
        client.write_all(told.as_bytes())?;
        client.shutdown(Shutdown::Both)
    }

    /// The head of the server's answer, without the headers about the connection, and its body.
    fn forwarded(&self, head: &str, body: &[u8]) -> std::io::Result<(String, String)> {
        let mut upstream = TcpStream::connect(&self.server)?;
        // In HTTP/1.0 a body does not come in chunks.
        let more = format!(" HTTP/1.0\r\nConnection: close\r\n{}\r\n", self.header);
        let head = head.replacen(" HTTP/1.1\r\n", &more, 1);
        upstream.write_all(head.as_bytes())?;
        upstream.write_all(body)?;
        let (head, body) = message(&mut upstream)?;
        let own = ["content-length:", "connection:", "transfer-encoding:", "keep-alive:"];
        let is_own = |line: &&str| own.iter().any(|own| line.to_lowercase().starts_with(own));
        let lines: Vec<&str> = head.lines().filter(|line| !line.is_empty() && !is_own(line)).collect();
        let text = String::from_utf8(body).unwrap();
        let moved = self.moved.iter().fold(text, |text, (from, to)| text.replace(from, to));
        Ok((lines.join("\r\n").replacen("HTTP/1.0", "HTTP/1.1", 1), moved))
    }
}

fn answer(head: &str, length: usize, body: &str) -> String {
    format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Head and body of a message.
pub fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            break;
        }
    }
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    // A request without a length has no body; an answer without one ends with its connection.
    if length.is_none() && head.starts_with("HTTP/") {
        reader.read_to_end(&mut body)?;
    }
    Ok((head, body))
}
