//! `cfn-signal`, `cfn-init` and `cfn-hup` of the package `aws-cfn-bootstrap`, which many templates' UserData calls.
//!
//! A signal is for a stack that waits; a lab does not, so it is taken and changes nothing. The other two follow
//! `AWS::CloudFormation::Init`, which a lab does not: they fail, and say so in the log, as the template's reader was told.

use super::super::{exit::Exit, print};

pub(super) fn run(name: &str) -> Exit {
    if name == "cfn-signal" {
        return Exit::Right;
    }
    print::talk(format_args!("{name}: `AWS::CloudFormation::Init` is not mirrored in this lab"));
    Exit::Command(1)
}
