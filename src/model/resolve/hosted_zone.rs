//! Hosted zones: their VPCs, and domains that meet each other (DNS-08, VPCE-16).

use super::{
    super::{
        HostedZone, Name,
        diagnostic::Span,
        draft::{self, Draft, Ref},
        id,
    },
    Resolver, record_set, tag,
};
use crate::spec::zone::is_in;
use std::collections::BTreeMap;

impl Resolver<'_> {
    pub(super) fn hosted_zones(&mut self, draft: &Draft) {
        let mut associated = BTreeMap::new();
        for zone in &draft.hosted_zones {
            let resolved = self.hosted_zone(zone, &mut associated);
            self.hosted_zones.insert(&zone.label.name, resolved, &mut self.found);
        }
        self.zones_and_private_dns(draft);
    }

    /// `associated` are the zones so far by VPC and domain, public ones without a VPC.
    fn hosted_zone(
        &mut self,
        zone: &draft::HostedZone,
        associated: &mut BTreeMap<(Option<Name>, String), String>,
    ) -> Option<HostedZone> {
        let name = &zone.label.name;
        let domain = self.domain(&zone.domain)?;
        let id = format!("Z0{}", id::hex(self.lab, "hosted zone", name.value.as_str()).to_uppercase());
        let vpcs = match &zone.vpcs {
            None => {
                self.public_zone(&domain, &id, zone.domain.span, associated);
                Vec::new()
            }
            Some(vpcs) => self.zone_vpcs((&domain, &id), name, vpcs, associated)?,
        };
        let records = self.record_sets(&domain, &zone.records);
        let labels =
            zone.records.iter().filter_map(|set| Some((set.label.clone()?, record_set::domain(&set.name.value)?)));
        Some(HostedZone { id, tag: tag(&zone.label), domain, vpcs, records, labels: labels.collect() })
    }

    /// A public zone, whose domain nobody else has.
    fn public_zone(
        &mut self,
        domain: &str,
        id: &str,
        span: Span,
        associated: &mut BTreeMap<(Option<Name>, String), String>,
    ) {
        if is_in(domain, "amazonaws.com") || !domain.contains('.') {
            let message = format!("public DNS does not delegate `{domain}` to a hosted zone");
            self.found.push_with_hint(span, message, "name `vpcs` for a private hosted zone");
        }
        if let Some(other) = associated.insert((None, domain.to_owned()), id.to_owned()) {
            let message = format!("the public hosted zone {other} has the domain `{domain}` too");
            self.found.push_with_hint(span, message, "public DNS delegates a domain to one of them");
        }
    }

    fn zone_vpcs(
        &mut self,
        (domain, id): (&str, &str),
        zone: &Ref,
        vpcs: &[Ref],
        associated: &mut BTreeMap<(Option<Name>, String), String>,
    ) -> Option<Vec<Name>> {
        if vpcs.is_empty() {
            let message = format!("private hosted zone `{}` needs a VPC (InvalidVPCId)", zone.value);
            self.found.push_with_hint(zone.span, message, "leave `vpcs` out for a public one");
            return None;
        }
        let mut known = Vec::new();
        for reference in vpcs {
            if self.vpcs.find(reference, &mut self.found).is_none() {
                continue;
            }
            let name = reference.value.clone();
            if let Some(other) = associated.insert((Some(name.clone()), domain.to_owned()), id.to_owned()) {
                let message = format!(
                    "the VPC `{name}` in region {} has already been associated with the hosted zone {other} with the \
                     same domain name (ConflictingDomainExists)",
                    self.region_of(&name)
                );
                self.found.push(reference.span, message);
            }
            known.push(name);
        }
        (known.len() == vpcs.len()).then_some(known)
    }

    /// No zone may have the name that an endpoint takes over (VPCE-16, DNS-10).
    fn zones_and_private_dns(&mut self, draft: &Draft) {
        for drafted in &draft.endpoints {
            let name = &drafted.label.name;
            let Some(endpoint) = self.endpoints.get(&name.value).filter(|endpoint| endpoint.private_dns_enabled) else {
                continue;
            };
            let Some(service) = endpoint.aws_service() else { continue };
            let names = service.names(&self.region_of(&endpoint.vpc));
            let is_taken = |zone: &HostedZone| zone.vpcs.contains(&endpoint.vpc) && names.contains(&zone.domain);
            if let Some((zone, taken)) = self.hosted_zones.iter().find(|(_, zone)| is_taken(zone)) {
                let message = format!(
                    "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {} in \
                     the VPC `{}` (InvalidParameter)",
                    taken.domain, endpoint.vpc
                );
                let span = drafted.private_dns_enabled.as_ref().map_or(name.span, |wanted| wanted.span);
                self.found.push_with_hint(span, message, format!("hosted zone `{zone}` has it"));
            }
        }
    }
}
