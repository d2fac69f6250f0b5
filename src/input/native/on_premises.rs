//! Sites on premises of the native format, with their hosts.

use super::{
    hosted_zone::{self, Records},
    instance::Httpd,
    lower::Lowering,
    mapping,
    name::Named,
};
use crate::{
    input::decode::{OneOrMany, Pairs},
    model::{
        Name,
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// A site on premises.
    struct Site = "a site" {
        /// The site's network, /8 to /32, or a list of them.
        cidr: OneOrMany<Text>,
        /// Whether it has a way to the internet, by one public address for all its hosts. Default `true`.
        internet: Option<bool>,
        /// Its hosts.
        hosts: Named<Host>,
        /// Its DNS server, which its hosts ask. Default: they ask public DNS.
        dns: Option<Dns>,
    }
}

mapping! {
    /// A DNS server on premises.
    struct Dns = "a DNS server" {
        /// The host of the site on which it runs.
        host: Text,
        /// The site's own domain, for which it answers alone.
        domain: Option<Text>,
        /// Its records, by name: as in a hosted zone.
        records: Records,
        /// Whom it asks for other domains, by domain: an address, `resolver_endpoint/NAME`, or a list of these. Default
        /// for all others (`.`): public DNS.
        forward: Pairs<OneOrMany<Text>>,
    }
}

mapping! {
    /// A host on premises.
    struct Host = "a host" {
        /// Its address, in a network of the site. Default: a free one of the first network.
        address: Option<Text>,
        /// What answers HTTP, as on an instance.
        httpd: Option<Httpd>,
    }
}

impl Site {
    /// Writes the site and its hosts.
    pub(super) fn lower(self, site: Ref, lowering: &mut Lowering<'_>) {
        let hosts = self.hosts.0.into_iter().map(|(name, host)| draft::OnPremisesHost {
            name,
            address: host.address,
            httpd: host.httpd.map(|httpd| httpd.lower(lowering)).unwrap_or_default(),
        });
        let hosts = hosts.collect();
        let OneOrMany(cidrs) = self.cidr;
        let dns = self.dns.map(|dns| draft::SiteDns {
            host: dns.host.map(Name::new),
            records: dns.records.lower(dns.domain.as_ref(), lowering),
            domain: dns.domain,
            forward: dns
                .forward
                .0
                .into_iter()
                .map(|(domain, OneOrMany(servers))| (domain, servers.into_iter().map(hosted_zone::value).collect()))
                .collect(),
        });
        lowering.draft.on_premises.push(draft::Site { name: site, cidrs, internet: self.internet, hosts, dns });
    }
}
