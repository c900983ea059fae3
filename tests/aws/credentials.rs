//! Who asks: the manifest's keys, the chain's, a role; and who is believed to be AWS.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use snapback::cpi::{CpiErrorKind, Queries};
use snapback::domain::ids::DiskCid;

use crate::between::Fate;
use crate::cloud;
use crate::issuer::{Issuer, Wrong};
use crate::moto::{self, Moto};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_role_is_assumed_once_and_again_when_it_is_over() {
    let moto = Moto::start();
    let between = moto.between();
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
    aws.has_disk(&disk).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((between.count("AssumeRole"), between.count("DescribeVolumes")), (1, 2), "it is assumed anew");
}

/// The metadata service tells which VM this is; whatever is no id of a VM is none.
#[test]
fn the_vm_that_it_runs_on_is_told_by_the_metadata_service() {
    let issuer = Issuer::start();
    let service = format!("http://{}", issuer.address);
    let told = || {
        let said = cloud::properties("127.0.0.1:1");
        cloud::cpi(said, LONG, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &service)]).current_vm()
    };
    assert_eq!(told().unwrap().as_str(), "i-0123456789abcdef0");
    for body in ["<html>", "", "vol-0123456789abcdef0"] {
        issuer.fails(move |what, _| (what == "instance-id").then_some(Wrong::Says(body)));
        assert!(told().is_err(), "{body}");
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
