//! DNS servers on premises: on which host, with which zone, and whom they ask (DNS-16).

use super::{
    super::{
        SiteDns,
        diagnostic::Spanned,
        draft::{self, Draft},
    },
    Resolver, text,
};

impl Resolver<'_> {
    pub(super) fn site_dns(&mut self, draft: &Draft) {
        for site in &draft.on_premises {
            let Some(dns) = &site.dns else { continue };
            let resolved = self.dns_server(site, dns);
            if let Some(site) = self.sites.get_mut(&site.name.value) {
                site.dns = resolved;
            }
        }
    }

    fn dns_server(&mut self, site: &draft::Site, dns: &draft::SiteDns) -> Option<SiteDns> {
        let host = self.on_premises_hosts.find(&dns.host, &mut self.found).map(|host| host.site.clone());
        if let Some(other) = host.as_ref().filter(|other| **other != site.name.value) {
            let message = format!("host `{}` is of site `{other}`", dns.host.value);
            self.found.push_with_hint(dns.host.span, message, "a site's DNS server is one of its own hosts");
        }
        let zone = match &dns.domain {
            Some(text) => self.domain(text).map(|domain| {
                let records = self.record_sets(&domain, &dns.records);
                (domain, records)
            }),
            None => None,
        };
        if let (None, Some(record)) = (&dns.domain, dns.records.first()) {
            self.found.push(record.span, "records need the `domain` that they are in");
        }
        let mut forward = Vec::new();
        for (domain, servers) in &dns.forward {
            let name = if domain.value == "." { Some(String::new()) } else { self.domain(domain) };
            let mut to = Vec::new();
            for server in servers {
                let texts: Vec<Spanned<String>> = self.texts(server).unwrap_or_default();
                to.extend(texts.iter().filter_map(|text| text::address(text, &mut self.found)));
            }
            if servers.is_empty() {
                self.found.push(domain.span, format!("`{}` needs a server to be asked", domain.value));
            }
            forward.extend(name.map(|name| (name, to)));
        }
        host?;
        Some(SiteDns { host: dns.host.value.clone(), zone, forward })
    }
}
