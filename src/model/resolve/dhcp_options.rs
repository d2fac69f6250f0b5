//! DHCP option sets (DNS-01, DNS-17), resolved once addresses are known: a server may be one of the lab.

use super::{
    super::{
        DhcpOptions, Id, NameServer,
        diagnostic::{Span, Spanned},
        draft::{self, Draft, Value},
    },
    Resolver, tag, text,
};
use std::net::Ipv4Addr;

/// AWS's word for the VPC's resolver.
const AMAZON_PROVIDED: &str = "AmazonProvidedDNS";

/// How many servers of a kind a set has at most.
const SERVERS: usize = 4;

impl Resolver<'_> {
    pub(super) fn dhcp_options(&mut self, draft: &Draft) {
        for options in &draft.dhcp_options {
            let resolved = self.dhcp_option_set(options);
            self.dhcp_options.insert(&options.label.name, resolved, &mut self.found);
        }
        for vpc in &draft.vpcs {
            let Some(options) = &vpc.dhcp_options else { continue };
            if self.dhcp_options.find(options, &mut self.found).is_some()
                && let Some(vpc) = self.vpcs.get_mut(&vpc.label.name.value)
            {
                vpc.dhcp_options = Some(options.value.clone());
            }
        }
    }

    fn dhcp_option_set(&mut self, options: &draft::DhcpOptions) -> Option<DhcpOptions> {
        let name = &options.label.name;
        let servers = self.servers(&options.domain_name_servers, "domain-name-servers");
        let ntp_servers = self.servers(&options.ntp_servers, "ntp-servers");
        let domain_name = options.domain_name.as_ref().map(|text| self.search_domains(text));
        if options.domain_name.is_none() && options.domain_name_servers.is_empty() && options.ntp_servers.is_empty() {
            let message = format!("the DHCP options `{}` say nothing (MissingParameter)", name.value);
            self.found.push_with_hint(name.span, message, "without options a VPC has the account's default set");
            return None;
        }
        let address = |text: &Spanned<String>, found: &mut _| text::address(text, found).map(NameServer::Address);
        let servers = servers.iter().map(|text| match text.value.as_str() {
            AMAZON_PROVIDED => Some(NameServer::AmazonProvided),
            _ => address(text, &mut self.found),
        });
        let servers: Option<Vec<NameServer>> = servers.collect();
        let ntp_servers: Option<Vec<Ipv4Addr>> =
            ntp_servers.iter().map(|text| text::address(text, &mut self.found)).collect();
        Some(DhcpOptions {
            id: Id::derive(self.lab, "dopt", name.value.as_str()),
            tag: tag(&options.label),
            domain_name: domain_name.unwrap_or(Some(String::new())).map(|text| (!text.is_empty()).then_some(text))?,
            domain_name_servers: servers?,
            ntp_servers: ntp_servers?,
        })
    }

    /// What the servers are, four at most.
    fn servers(&mut self, values: &[Spanned<Value>], option: &str) -> Vec<Spanned<String>> {
        let texts: Vec<_> = values.iter().filter_map(|value| self.texts(value)).flatten().collect();
        if let Some(fifth) = texts.get(SERVERS) {
            let message = format!("the option `{option}` has {SERVERS} servers at most (InvalidParameterValue)");
            self.found.push(fifth.span, message);
        }
        texts
    }

    /// One domain, or several with spaces between them.
    fn search_domains(&mut self, text: &Spanned<String>) -> Option<String> {
        let span: Span = text.span;
        for word in text.value.split_whitespace() {
            if super::record_set::domain(word).is_none() {
                self.found.push(span, format!("`{word}` is not a domain name (InvalidParameterValue)"));
                return None;
            }
        }
        Some(text.value.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
