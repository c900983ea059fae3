//! The contract, as every backend has to keep it.

use crate::cloud::Aws;
use crate::conformance;
use crate::moto::Moto;

#[test]
fn aws_keeps_the_contract() {
    let moto = Moto::start();
    conformance::run("AWS, by moto", &|| Box::new(Aws::fresh(&moto)));
}
