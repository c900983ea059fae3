//! Who gives credentials, in one server of the tests: an instance's metadata service, a container's, the portal of SSO, and
//! STS. Each key that it gives says in its name where it comes from; and EC2, which has no volumes.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::between::message;
use crate::cloud::CANARY;

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    Status(u16),
    /// An error of AWS, with its words.
    Refuses(&'static str, &'static str),
    Says(&'static str),
    /// It never comes.
    Never,
    /// It is right, and ends at this time.
    Until(&'static str),
}

/// A request: what it is for, its head and its body.
pub type Asked = (String, String, String);
type Rule = Box<dyn Fn(&str, usize) -> Option<Wrong> + Send + Sync>;

pub struct Issuer {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    rule: Arc<Mutex<Rule>>,
}

impl Issuer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_, _| None)));
        let (all, rules) = (Arc::clone(&asked), Arc::clone(&rule));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (all, rules) = (Arc::clone(&all), Arc::clone(&rules));
                thread::spawn(move || drop(serve(client, &all, &rules)));
            }
        });
        Issuer { address, asked, rule }
    }

    /// What is wrong with the n-th answer (from 1 on) of each kind from now on.
    pub fn fails(&self, rule: impl Fn(&str, usize) -> Option<Wrong> + Send + Sync + 'static) {
        self.asked.lock().unwrap().clear();
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self, what: &str) -> usize {
        self.asked().iter().filter(|asked| asked.0 == what).count()
    }
}

fn what(head: &str, form: &str) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let known = [
        ("/latest/api/token", "ticket"),
        ("/latest/meta-data/iam/security-credentials/web-role", "instance"),
        ("/latest/meta-data/iam/security-credentials/", "roles"),
        ("/latest/meta-data/instance-id", "instance-id"),
        ("/container", "container"),
        ("/federation/credentials", "sso"),
    ];
    let known = known.into_iter().find(|(start, _)| path.starts_with(start)).map(|(_, what)| what);
    action.or(known).unwrap_or("nothing").to_owned()
}

fn serve(mut client: TcpStream, all: &Mutex<Vec<Asked>>, rules: &Mutex<Rule>) -> std::io::Result<()> {
    let (head, body) = message(&mut client)?;
    let form = String::from_utf8_lossy(&body).into_owned();
    let what = what(&head, &form);
    let nth = {
        let mut all = all.lock().unwrap();
        all.push((what.clone(), head.clone(), form.clone()));
        all.iter().filter(|asked| asked.0 == what).count()
    };
    let wrong = (rules.lock().unwrap())(&what, nth);
    let (status, body) = match wrong {
        Some(Wrong::Never) => {
            thread::sleep(Duration::from_secs(100));
            return Ok(());
        }
        Some(Wrong::Status(status)) => (status, format!("<html>{CANARY}</html>")),
        Some(Wrong::Says(text)) => (200, text.to_owned()),
        Some(Wrong::Refuses(code, words)) => (
            400,
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>"),
        ),
        Some(Wrong::Until(end)) => right(&what, &head, &form, end),
        None => right(&what, &head, &form, "2099-01-01T00:00:00Z"),
    };
    let length = body.len();
    client.write_all(
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").as_bytes(),
    )?;
    client.shutdown(Shutdown::Both)
}

/// The answer of whoever is set up well. Who asks without the right token is turned away.
fn right(what: &str, head: &str, form: &str, end: &str) -> (u16, String) {
    let small = head.to_lowercase();
    let has = |name: &str, value: &str| small.contains(&format!("{name}: {value}\r\n").to_lowercase());
    let keys = |id: &str| {
        json!({"Code": "Success", "AccessKeyId": id, "SecretAccessKey": format!("{CANARY}secret"),
            "Token": format!("{CANARY}token"), "Expiration": end})
        .to_string()
    };
    let is_known = match what {
        "roles" | "instance" | "instance-id" => has("x-aws-ec2-metadata-token", &format!("{CANARY}ticket")),
        "container" => has("authorization", &format!("{CANARY}auth")),
        "sso" => has("x-amz-sso_bearer_token", &format!("{CANARY}sso")),
        "AssumeRoleWithWebIdentity" => form.contains(&format!("WebIdentityToken={CANARY}web")),
        _ => true,
    };
    if !is_known {
        return (401, format!("{CANARY} is not known"));
    }
    let role = form.split("role%2F").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default().to_uppercase();
    match what {
        "ticket" => (200, format!("{CANARY}ticket")),
        "roles" => (200, "web-role".to_owned()),
        "instance-id" => (200, "i-0123456789abcdef0".to_owned()),
        "instance" => (200, keys("ASIAINSTANCE")),
        "container" => (200, keys("ASIACONTAINER")),
        "sso" => {
            let end = end.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
            let keys = json!({"accessKeyId": "ASIASSO", "secretAccessKey": format!("{CANARY}secret"),
                "sessionToken": format!("{CANARY}token"), "expiration": end});
            (200, json!({"roleCredentials": keys}).to_string())
        }
        "AssumeRole" | "AssumeRoleWithWebIdentity" => {
            let who = head.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("WEB");
            let body = format!(
                "<{what}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{what}Result><Credentials>\
                 <AccessKeyId>ASIA{role}BY{who}</AccessKeyId><SecretAccessKey>{CANARY}secret</SecretAccessKey>\
                 <SessionToken>{CANARY}token</SessionToken><Expiration>{end}</Expiration></Credentials>\
                 </{what}Result></{what}Response>"
            );
            (200, body)
        }
        "DescribeVolumes" => {
            let error = "<Error><Code>InvalidVolume.NotFound</Code><Message>It does not exist.</Message></Error>";
            (400, format!("<Response><Errors>{error}</Errors></Response>"))
        }
        _ => (404, String::new()),
    }
}
