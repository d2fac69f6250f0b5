//! `cfn-signal`, `cfn-init` and `cfn-hup` of the package `aws-cfn-bootstrap`, which many templates' UserData calls.
//!
//! A signal is for a stack that waits; a lab does not, so it is taken and changes nothing. The other two follow
//! `AWS::CloudFormation::Init`, which a lab does not: they fail, and say so in the log, as the template's reader was told.

use super::super::{
    exit::{Exit, Failure},
    print,
};

pub(super) fn run(name: &str) -> Result<Exit, Failure> {
    if name == "cfn-signal" {
        return Ok(Exit::Right);
    }
    print::talk(format_args!("{name}: `AWS::CloudFormation::Init` is not mirrored in this lab"));
    Ok(Exit::Command(1))
}
