//! Whose certificates are believed: a TLS server of the tests' own before Keystone.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::{Value, json};
use snapback::cpi::{CpiErrorKind, Queries};
use snapback::domain::ids::DiskCid;

use crate::between::Ways;
use crate::cloud::{self, LONG, open};
use crate::real::real;

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name).to_str().unwrap().to_owned()
}

/// A TLS server before this one; its certificate is nobody's but its own. One request a connection.
fn before(server: &str) -> String {
    let own = CertificateDer::from_pem_file(file("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("key.pem")).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![own], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, server) = (listener.local_addr().unwrap().to_string(), server.to_owned());
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let (config, server) = (Arc::clone(&config), server.clone());
            thread::spawn(move || passed(&mut client, config, &server));
        }
    });
    address
}

fn passed(client: &mut TcpStream, config: Arc<ServerConfig>, server: &str) -> std::io::Result<()> {
    let mut connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = Stream::new(&mut connection, client);
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        let count = stream.read(&mut piece)?;
        request.extend_from_slice(&piece[..count]);
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// A certificate that nobody vouches for ends the call before a password is sent; one that the operator names does not.
#[test]
fn only_who_is_vouched_for_gets_a_password() {
    let ways = Ways::before(real());
    let address = before(&ways.keystone.address);
    let mut said = cloud::properties(real(), &address, real().said("/project"));
    said["auth_url"] = json!(format!("https://{address}/v3"));
    let disk = DiskCid::new("6c8cf6e0-4c8f-442f-9196-9679737feec6");
    ways.keystone.fails(|_, _| None);
    let stranger = cloud::cpi(&said, LONG).has_disk(&disk).unwrap_err();
    assert_eq!((stranger.kind, stranger.ok_to_retry), (CpiErrorKind::NoAnswer, false), "{stranger}");
    assert!(stranger.hints.concat().contains("connection_options.ca_cert"), "{stranger:?}");
    assert!(ways.keystone.seen().is_empty(), "no password was sent");
    let pem = std::fs::read_to_string(file("cert.pem")).unwrap();
    let believed = |options: Value, environment: &[(&str, &str)]| {
        let mut said = said.clone();
        said["connection_options"] = options;
        let there = open(&said, LONG, environment).unwrap().has_disk(&disk);
        assert!(!there.unwrap_or_else(|error| panic!("{error}")));
    };
    believed(json!({"ca_cert": pem}), &[]);
    believed(json!({"ssl_ca_file": file("cert.pem")}), &[]);
    believed(json!({}), &[("SSL_CERT_FILE", &file("cert.pem"))]);
    believed(json!({"ssl_verify_peer": false}), &[]);
    let mut wrong = said.clone();
    wrong["connection_options"] = json!({"ssl_ca_file": "/nowhere.pem"});
    let error = cloud::cpi(&wrong, LONG).has_disk(&disk).unwrap_err();
    assert!(error.kind == CpiErrorKind::NoAnswer && error.message.contains("/nowhere.pem"), "{error}");
}
