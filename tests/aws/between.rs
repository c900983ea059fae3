//! What stands between snapback and AWS: a proxy that fails as AWS and the way to it do, and keeps what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Fate {
    /// AWS turns it away.
    Error(u16, &'static str, &'static str),
    /// Somebody in between answers in HTML, and AWS hears nothing.
    Html(u16),
    /// AWS does it, and somebody in between answers in HTML.
    DoneThenHtml(u16),
    /// AWS does it, and the connection is cut before the answer.
    DoneThenReset,
    /// The connection is cut before AWS hears of it.
    Reset,
    /// AWS does it, and the body is cut off.
    DoneThenCut,
    /// AWS does it, and its XML is cut off in a body that is whole.
    DoneThenHalf,
    /// The answer comes late.
    Slow(Duration),
    /// One text of the answer is another one.
    Says(&'static str, &'static str),
}

/// A request that came by.
#[derive(Debug, Clone)]
pub struct Seen {
    pub action: String,
    pub head: String,
    pub form: String,
}

type Rule = Box<dyn Fn(&str, usize) -> Option<Fate> + Send + Sync>;

/// The proxy.
pub struct Between {
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    rule: Arc<Mutex<Rule>>,
}

impl Between {
    /// Before this server. Nothing fails yet.
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_, _| None)));
        let (server, all, rules) = (server.to_owned(), Arc::clone(&seen), Arc::clone(&rule));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, all, rules) = (server.clone(), Arc::clone(&all), Arc::clone(&rules));
                thread::spawn(move || drop(serve(client, &server, &all, &rules)));
            }
        });
        Between { address, seen, rule }
    }

    /// What becomes of the n-th request (from 1 on) of each action from now on.
    pub fn fails(&self, rule: impl Fn(&str, usize) -> Option<Fate> + Send + Sync + 'static) {
        self.seen.lock().unwrap().clear();
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    /// The requests that came by since then.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self, action: &str) -> usize {
        self.seen().iter().filter(|seen| seen.action == action).count()
    }
}

fn serve(mut client: TcpStream, server: &str, all: &Mutex<Vec<Seen>>, rules: &Mutex<Rule>) -> std::io::Result<()> {
    let (head, body) = message(&mut client)?;
    let form = String::from_utf8_lossy(&body).into_owned();
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned();
    let nth = {
        let mut all = all.lock().unwrap();
        all.push(Seen { action: action.clone(), head: head.clone(), form });
        all.iter().filter(|seen| seen.action == action).count()
    };
    let fate = (rules.lock().unwrap())(&action, nth);
    let forwarded = || -> std::io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(server)?;
        upstream.write_all(head.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())?;
        upstream.write_all(&body)?;
        let (head, mut answer) = message(&mut upstream)?;
        if answer.is_empty() {
            upstream.read_to_end(&mut answer)?;
        }
        let status = head.lines().next().unwrap_or_default().to_owned();
        Ok([format!("{status}\r\n").into_bytes(), answer].concat())
    };
    let split = |answer: Vec<u8>| {
        let text = String::from_utf8(answer).unwrap();
        let (status, body) = text.split_once("\r\n").unwrap();
        (status.to_owned(), body.to_owned())
    };
    let answer = |status: &str, length: usize, body: &str| {
        format!("{status}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    };
    let html = "<html><head><title>Bad Gateway</title></head><body><h1>It works!<br></h1></body></html>";
    let told = match fate {
        None => {
            let (status, body) = split(forwarded()?);
            answer(&status, body.len(), &body)
        }
        Some(Fate::Slow(pause)) => {
            thread::sleep(pause);
            let (status, body) = split(forwarded()?);
            answer(&status, body.len(), &body)
        }
        Some(Fate::Says(from, to)) => {
            let (status, body) = split(forwarded()?);
            let body = body.replace(from, to);
            answer(&status, body.len(), &body)
        }
        Some(Fate::Error(status, code, words)) => {
            let body = format!(
                "<?xml version=\"1.0\"?><Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error></Errors>\
                 <RequestID>1</RequestID></Response>"
            );
            answer(&format!("HTTP/1.1 {status} No\r\nDate: Sat, 03 Feb 2001 04:05:06 GMT"), body.len(), &body)
        }
        Some(Fate::Html(status)) => answer(&format!("HTTP/1.1 {status} No"), html.len(), html),
        Some(Fate::DoneThenHtml(status)) => {
            forwarded()?;
            answer(&format!("HTTP/1.1 {status} No"), html.len(), html)
        }
        Some(Fate::DoneThenCut) => {
            let (status, body) = split(forwarded()?);
            answer(&status, body.len(), &body[..body.len() / 2])
        }
        Some(Fate::DoneThenHalf) => {
            let (status, body) = split(forwarded()?);
            answer(&status, body.len() / 2, &body[..body.len() / 2])
        }
        Some(Fate::DoneThenReset) => {
            forwarded()?;
            String::new()
        }
        Some(Fate::Reset) => String::new(),
    };
    client.write_all(told.as_bytes())?;
    client.shutdown(Shutdown::Both)
}

/// Head and body of a message.
fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
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
    if length.is_none() {
        reader.read_to_end(&mut body)?;
    }
    Ok((head, body))
}
