//! Certificates: the names that they are for.

use super::{
    super::{
        Certificate,
        draft::{self, Draft, Text},
        id,
    },
    FIRST_ACCOUNT, Resolver,
};

/// How many names a certificate may have besides the first one.
const MOST_NAMES: usize = 100;

impl Resolver<'_> {
    pub(super) fn certificates(&mut self, draft: &Draft) {
        for certificate in &draft.certificates {
            let resolved = self.certificate(certificate);
            self.certificates.insert(&certificate.label.name, resolved, &mut self.found);
        }
    }

    fn certificate(&mut self, certificate: &draft::Certificate) -> Option<Certificate> {
        let domain_name = self.certificate_name(&certificate.domain_name);
        let others: Vec<_> = certificate.alternative_names.iter().map(|name| self.certificate_name(name)).collect();
        if others.len() > MOST_NAMES {
            let message = format!("a certificate has at most {MOST_NAMES} further names (LimitExceededException)");
            self.found.push(certificate.label.name.span, message);
        }
        let (region, name) = (&self.region, certificate.label.name.value.as_str());
        let hex = [id::hex(self.lab, "certificate", name), id::hex(self.lab, "certificate serial", name)].concat();
        let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-");
        Some(Certificate {
            arn: format!("arn:aws:acm:{region}:{FIRST_ACCOUNT}:certificate/{uuid}"),
            domain_name: domain_name?,
            alternative_names: others.into_iter().collect::<Option<_>>()?,
        })
    }

    /// A name as it stands in a certificate: in lower case, perhaps with `*.` before it.
    fn certificate_name(&mut self, text: &Text) -> Option<String> {
        let name = text.value.trim_end_matches('.').to_ascii_lowercase();
        let is_label = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(is_plain) && !label.starts_with('-')
        };
        let plain = name.strip_prefix("*.").unwrap_or(&name);
        let is_name = name.len() <= 253 && plain.contains('.') && plain.split('.').all(is_label);
        let is_address = plain.parse::<std::net::Ipv4Addr>().is_ok();
        if !is_name || is_address {
            let message = format!("`{}` is not a name that a certificate can have (ValidationException)", text.value);
            self.found.push_with_hint(
                text.span,
                message,
                "write a domain name, such as `www.example.com` or `*.example.com`",
            );
            return None;
        }
        Some(name)
    }
}
