//! `AWS::CertificateManager::Certificate`: signed by the lab's own authority at once, whatever AWS would want to see first.

use super::super::{
    attribute::How,
    lowering::Lowering,
    property::{Resource, properties},
};
use crate::model::draft::{self, Label, Ref, Text};

properties! {
    /// A certificate.
    struct Certificate = "a certificate" {
        /// The name that it is for.
        domain_name as "DomainName": Text,
        /// Other names that it is for.
        alternative_names as "SubjectAlternativeNames": Option<Vec<Text>>,
    }
    accepted &[
        "CertificateExport",
        "CertificateTransparencyLoggingPreference",
        "DomainValidationOptions",
        "KeyAlgorithm",
        "Tags",
        "ValidationMethod",
    ];
    unmirrored &["CertificateAuthorityArn"];
}

impl Resource for Certificate {
    const TYPE: &'static str = "AWS::CertificateManager::Certificate";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("CertificateArn", How::Itself), ("Id", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.certificates.push(draft::Certificate {
            label: Label { name, tag: None },
            domain_name: self.domain_name,
            alternative_names: self.alternative_names.unwrap_or_default(),
        });
    }
}
