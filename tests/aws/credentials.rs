//! Who asks: the manifest's keys, the chain's, a role; and who is believed to be AWS.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::json;
use snapback::cpi::{CpiErrorKind, Queries};
use snapback::domain::ids::DiskCid;

use crate::between::{self, Fate};
use crate::cloud;
use crate::moto::{self, Moto};

const LONG: Duration = Duration::from_secs(60);

/// A server that gives one answer to whoever asks, and its address.
fn answering(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let _ = client.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = client.write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

#[test]
fn the_chain_finds_credentials_where_aws_looks_for_them() {
    let moto = Moto::start();
    let between = between::before(&moto.address);
    let disk = DiskCid::new(moto.volume(&[]));
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let profiles = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
                    [other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n";
    std::fs::write(home.path().join(".aws/credentials"), profiles).unwrap();
    let program = r#"{"Version": 1, "AccessKeyId": "AKIAPROGRAM", "SecretAccessKey": "s"}"#;
    let config = format!("[profile asks]\ncredential_process = /bin/echo {}\n", program.replace('"', "\\\""));
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let container = answering(
        r#"{"AccessKeyId": "AKIACONTAINER", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}"#,
    );
    let (home, container) = (home.path().to_str().unwrap(), format!("http://{container}/credentials"));
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("HOME", home)], "AKIAENV"),
        (&[("HOME", home)], "AKIADEFAULT"),
        (&[("HOME", home), ("AWS_PROFILE", "other")], "AKIAOTHER"),
        (&[("HOME", "/nowhere"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container)], "AKIACONTAINER"),
    ];
    let said = json!({
        "region": "us-east-1", "ec2_endpoint": format!("http://{}", between.address),
        "credentials_source": "env_or_profile",
    });
    for (environment, id) in cases {
        between.fails(|_, _| None);
        let aws = cloud::cpi(said.clone(), LONG, environment);
        assert!(aws.has_disk(&disk).unwrap_or_else(|error| panic!("{id}: {error}")), "{id}");
        let head = between.seen()[0].head.clone();
        assert!(head.contains(&format!("Credential={id}/")), "{id}: {head}");
    }
    between.fails(|_, _| None);
    let none = cloud::cpi(said, LONG, &[("HOME", "/nowhere"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    let error = none.has_disk(&disk).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Denied, "{error}");
    assert!(error.hints.concat().contains("AWS_PROFILE"), "{error:?}");
    assert!(between.seen().is_empty(), "nobody was asked");
}

#[test]
fn a_role_is_assumed_once_and_again_when_it_is_over() {
    let moto = Moto::start();
    let between = between::before(&moto.address);
    let disk = DiskCid::new(moto.volume(&[]));
    let mut said = cloud::properties(&between.address);
    said["role_arn"] = json!("arn:aws:iam::123456789012:role/backup");
    let sts = format!("http://{}", between.address);
    let aws = cloud::cpi(said, LONG, &[("AWS_ENDPOINT_URL_STS", &sts)]);
    between.fails(|_, _| None);
    for _ in 0..2 {
        aws.has_disk(&disk).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!((between.count("AssumeRole"), between.count("DescribeVolumes")), (1, 2));
    let seen = between.seen();
    assert!(seen[0].form.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fbackup"), "{seen:?}");
    assert!(
        seen[0].head.contains("/us-east-1/sts/aws4_request") && seen[1].head.contains("/us-east-1/ec2/"),
        "{seen:?}"
    );
    assert!(!seen[1].head.contains(cloud::CANARY), "the role's own credentials sign");
    between.fails(|action, nth| {
        (action == "DescribeVolumes" && nth == 1).then_some(Fate::Error(400, "ExpiredToken", "The token has expired."))
    });
    assert_eq!(aws.has_disk(&disk).unwrap_err().kind, CpiErrorKind::Denied);
    aws.has_disk(&disk).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(between.count("AssumeRole"), 1, "it is assumed anew");
}

/// The metadata service tells which VM this is; whatever is no id of a VM is none.
#[test]
fn the_vm_that_it_runs_on_is_told_by_the_metadata_service() {
    let told = |body: &'static str| {
        let service = format!("http://{}", answering(body));
        cloud::cpi(cloud::properties("127.0.0.1:1"), LONG, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &service)])
            .current_vm()
    };
    assert_eq!(told("i-0123456789abcdef0").unwrap().as_str(), "i-0123456789abcdef0");
    for body in ["<html>", "", "vol-0123456789abcdef0"] {
        assert!(told(body).is_err(), "{body}");
    }
}

/// A certificate that nobody vouches for ends the call before anything is sent; one that the operator names does not.
#[test]
fn only_who_is_vouched_for_is_aws() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let program = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "test")])
now = datetime.datetime.now(datetime.timezone.utc)
names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
own = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
own = own.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
own = own.not_valid_after(now + datetime.timedelta(days=1)).add_extension(names, False).sign(key, hashes.SHA256())
open(sys.argv[1], "wb").write(own.public_bytes(serialization.Encoding.PEM))
open(sys.argv[2], "wb").write(key.private_bytes(serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"#;
    let made = Command::new(moto::python()).args(["-c", program, &path("cert"), &path("key")]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let moto = Moto::with(&["-c", &path("cert"), "-k", &path("key")]);
    let disk = DiskCid::new("vol-0123456789abcdef0");
    let mut said = cloud::properties(&moto.address);
    said["ec2_endpoint"] = json!(moto.address);
    let stranger = cloud::cpi(said.clone(), LONG, &[]).has_disk(&disk).unwrap_err();
    assert_eq!((stranger.kind, stranger.ok_to_retry), (CpiErrorKind::NoAnswer, false), "{stranger}");
    assert!(stranger.hints.concat().contains("SSL_CERT_FILE"), "{stranger:?}");
    let named = cloud::cpi(said.clone(), LONG, &[("SSL_CERT_FILE", &path("cert"))]);
    assert!(!named.has_disk(&disk).unwrap_or_else(|error| panic!("{error}")));
    said["connection_options"] = json!({"ca_cert": std::fs::read_to_string(path("cert")).unwrap()});
    assert!(!cloud::cpi(said, LONG, &[]).has_disk(&disk).unwrap_or_else(|error| panic!("{error}")));
}
