//! The contract, as every backend has to keep it.

use crate::cloud::Aws;
use crate::conformance;

#[test]
fn aws_keeps_the_contract() {
    conformance::run("AWS, by moto", &|| Box::new(Aws::fresh()));
}
