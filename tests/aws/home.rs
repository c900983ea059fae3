//! A home with AWS's files: profiles of each kind, right ones and wrong ones.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cloud::CANARY;
use crate::issuer::Issuer;

const CONFIG: &str = "
# A comment.
[default]
region = us-east-1
s3 =
  max_concurrent_requests = 20

[profile program]
credential_process = \"HOME/two words/gives\" --id AKIAPROGRAM
[profile \"quoted name\"]
aws_access_key_id = AKIACONFIG
aws_secret_access_key = CANARYsecret
[profile both]
aws_access_key_id = AKIACONFIGTOO
aws_secret_access_key = CANARYsecret
credential_process = \"HOME/two words/gives\" --id AKIANEVER
[profile process-first]
aws_access_key_id = AKIACONFIGTOO
aws_secret_access_key = CANARYsecret
credential_process = \"HOME/two words/gives\" --id AKIAFIRST
[profile inner]
role_arn = arn:aws:iam::123456789012:role/inner
source_profile = other
external_id = of the customer
[profile outer]
role_arn = arn:aws:iam::123456789012:role/outer
source_profile = inner
[profile itself]
role_arn = arn:aws:iam::123456789012:role/self
source_profile = itself
[profile machine]
role_arn = arn:aws:iam::123456789012:role/machine
credential_source = Ec2InstanceMetadata
[profile task]
role_arn = arn:aws:iam::123456789012:role/task
credential_source = EcsContainer
[profile web]
role_arn = arn:aws:iam::123456789012:role/web
web_identity_token_file = HOME/token
[profile over-web]
role_arn = arn:aws:iam::123456789012:role/over
source_profile = web
[profile session]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.example/start
[profile legacy]
sso_start_url = https://corp.example/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = reader
[profile over-session]
role_arn = arn:aws:iam::123456789012:role/session
source_profile = session

[profile loop-a]
role_arn = arn:aws:iam::123456789012:role/a
source_profile = loop-b
[profile loop-b]
role_arn = arn:aws:iam::123456789012:role/b
source_profile = loop-a
[profile lonely]
role_arn = arn:aws:iam::123456789012:role/lonely
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/mfa
source_profile = other
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile nosource]
role_arn = arn:aws:iam::123456789012:role/a
source_profile = nobody
[profile half]
aws_access_key_id = AKIAHALF
[profile fails]
credential_process = /bin/sh -c \"echo CANARYsecret; echo CANARYsecret >&2; exit 3\"
[profile odd]
credential_process = /bin/echo CANARYsecret
[profile absent]
credential_process = /nowhere/at/all
[profile nologin]
sso_session = other
sso_account_id = 123456789012
sso_role_name = reader
[sso-session other]
sso_region = us-east-1
sso_start_url = https://other.example/start
[profile overdue]
sso_start_url = https://overdue.example/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = reader
";

const CREDENTIALS: &str = "
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = CANARYsecret
[other]
aws_access_key_id=AKIAOTHER
aws_secret_access_key=CANARYsecret
aws_session_token=CANARYtoken
[both]
aws_access_key_id = AKIABOTH
aws_secret_access_key = CANARYsecret
[itself]
aws_access_key_id = AKIASELF
aws_secret_access_key = CANARYsecret
";

/// Where `aws sso login` leaves its token: the SHA-1 of the session's name, or of the portal's address.
const TOKENS: [(&str, &str); 3] = [
    ("ee0bfd2552fbd840c02cc48b6e823320543c450f", "2099-01-01T00:00:00Z"),
    ("f7c9b39d0b4c7a7d82c79307585f77e1c5e74378", "2099-01-01T00:00:00UTC"),
    ("a37e682929dad81fd81d4f6b111dfd4b104cf370", "2020-01-01T00:00:00Z"),
];

/// Fills this directory, which holds no other file of AWS's.
pub fn furnish(home: &Path) {
    let place = home.to_str().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("HOME", place).replace("CANARY", CANARY)).unwrap();
    };
    write(".aws/config", CONFIG);
    write(".aws/credentials", CREDENTIALS);
    write("token", "CANARYweb\n");
    write("auth", "CANARYauth");
    write(
        "two words/gives",
        "#!/bin/sh\nprintf '{\"Version\": 1, \"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"CANARYsecret\", \"SessionToken\": \"CANARYtoken\"}' \"$2\"\n",
    );
    fs::set_permissions(home.join("two words/gives"), Permissions::from_mode(0o755)).unwrap();
    for (name, end) in TOKENS {
        write(
            &format!(".aws/sso/cache/{name}.json"),
            &format!("{{\"accessToken\": \"CANARYsso\", \"expiresAt\": \"{end}\", \"region\": \"us-east-1\"}}"),
        );
    }
}

/// The variables under which all sources are the tests' own.
pub fn around(home: &Path, issuer: &Issuer) -> Vec<(&'static str, String)> {
    let address = format!("http://{}", issuer.address);
    let mut all = vec![("HOME", home.to_str().unwrap().to_owned()), ("PATH", "/usr/bin:/bin".to_owned())];
    let services = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_EC2_METADATA_SERVICE_ENDPOINT"];
    all.extend(services.map(|name| (name, address.clone())));
    all
}
