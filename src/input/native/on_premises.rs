//! Sites on premises of the native format, with their hosts.

use super::{instance::Httpd, lower::Lowering, mapping, name::Named};
use crate::{
    input::decode::OneOrMany,
    model::draft::{self, Ref, Text},
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
        lowering.draft.on_premises.push(draft::Site { name: site, cidrs, internet: self.internet, hosts });
    }
}
