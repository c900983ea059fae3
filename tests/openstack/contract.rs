//! The contract, as every backend has to keep it.

use crate::cloud::OpenStack;
use crate::conformance;

#[test]
fn openstack_keeps_the_contract() {
    conformance::run("OpenStack, by Keystone and Cinder", &|| Box::new(OpenStack::fresh()));
}
