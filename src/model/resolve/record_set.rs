//! Records of hosted zones and of zones on premises: what DNS and Route 53 let stand together, and the values, whose
//! addresses and names the lab has chosen by now.

use super::{
    super::{
        Id, Name, RecordSets,
        diagnostic::{Span, Spanned},
        dns_name,
        draft::{self, RecordContent, Text, Value},
    },
    Resolver, text,
};
use crate::spec::{
    service::ZonedAddress,
    zone::{RecordData, RecordSet, RecordType, Zone, is_in},
};
use std::str::FromStr;

/// Seconds for which records may be kept if the file does not say.
const TTL: u32 = 300;
/// The longest name, without a final dot.
const LONGEST_NAME: usize = 253;

impl Resolver<'_> {
    /// A domain or the name of a record: lower-case, without a final dot, `*` as itself.
    pub(super) fn domain(&mut self, name: &Text) -> Option<String> {
        let domain = domain(&name.value);
        if domain.is_none() {
            let message = format!("`{}` is not a domain name (InvalidDomainName)", name.value);
            let hint = "labels of 1 to 63 of `a-z 0-9 - _`, with dots between them";
            self.found.push_with_hint(name.span, message, hint);
        }
        domain
    }

    /// The records of a zone.
    pub(super) fn record_sets(&mut self, domain: &str, drafts: &[draft::RecordSet]) -> RecordSets {
        let mut sets = RecordSets::new();
        for drafted in drafts {
            let name = self.domain(&drafted.name);
            let set = self.record_set(drafted);
            let (Some(name), Some(set)) = (name, set) else { continue };
            let others = sets.get(&name).map_or(&[][..], Vec::as_slice);
            match conflict(domain, &name, set.data.kind(), others) {
                Some(message) => self.found.push(drafted.name.span, format!("{message} (InvalidChangeBatch)")),
                None => sets.entry(name).or_default().push(set),
            }
        }
        self.aliases(domain, &sets, drafts);
        sets
    }

    fn record_set(&mut self, set: &draft::RecordSet) -> Option<RecordSet> {
        let words = RecordType::ALL.map(|kind| (kind.as_str(), kind));
        let kind = text::word(&set.kind, "a record type of a lab", &words, &mut self.found)?;
        let ttl = match &set.ttl {
            Some(ttl) => text::within(ttl, "a TTL", 0..=2_147_483_647, &mut self.found),
            None => Some(TTL),
        };
        let data = match &set.content {
            RecordContent::Alias(target) => {
                let target = self.one_text(target)?;
                RecordData::Alias(kind, self.domain(&target)?)
            }
            RecordContent::Values(values) => {
                let texts: Vec<_> = values.iter().map(|value| self.texts(value)).collect();
                let whole = texts.iter().all(Option::is_some);
                let texts: Vec<_> = texts.into_iter().flatten().flatten().collect();
                if values.is_empty() {
                    let message = format!("a record set needs a value (InvalidChangeBatch: no {kind} record)");
                    self.found.push(set.span, message);
                    return None;
                }
                self.data(kind, &texts).filter(|_| whole)?
            }
        };
        Some(RecordSet { ttl: ttl?, data })
    }

    /// Whether aliases lead to what is there: a load balancer, an endpoint, another record of the zone (DNS-09).
    fn aliases(&mut self, domain: &str, sets: &RecordSets, drafts: &[draft::RecordSet]) {
        let zone = Zone { name_servers: Vec::new(), records: sets.clone() };
        for drafted in drafts {
            let RecordContent::Alias(Spanned { value: Value::Text(target), span }) = &drafted.content else { continue };
            let Some(target) = self::domain(target) else { continue };
            let kind = drafted.kind.value.to_uppercase();
            let kind = kind.as_str();
            let found = zone.sets(domain, &target).is_some_and(|sets| {
                sets.iter().any(|set| set.data.kind().as_str() == kind || set.data.kind() == RecordType::Cname)
            });
            let what = format!("tried to create an alias that targets {target}., type {kind} in zone {domain}.");
            if !is_in(&target, domain) {
                let message = format!("{what}, but the alias target name does not lie within the target zone");
                let hint = "an alias leads to a load balancer, an endpoint, or another record of the zone";
                self.found.push_with_hint(*span, format!("{message} (InvalidChangeBatch)"), hint);
            } else if !found {
                self.found.push(*span, format!("{what}, but that target was not found (InvalidChangeBatch)"));
            }
        }
    }

    fn data(&mut self, kind: RecordType, texts: &[Text]) -> Option<RecordData> {
        Some(match kind {
            RecordType::A => {
                let addresses = self.values(texts, |text| text.parse().ok(), "ARRDATAIllegalIPv4Address")?;
                let zoned = |address| ZonedAddress { address, zone: None };
                RecordData::A(addresses.into_iter().map(zoned).collect())
            }
            RecordType::Aaaa => {
                RecordData::Aaaa(self.values(texts, |text| text.parse().ok(), "AAAARRDATAIllegalIPv6Address")?)
            }
            RecordType::Cname => {
                let mut names = self.values(texts, domain, "CNAMERRDATAIllegalDomain")?;
                if let Some(second) = texts.get(1) {
                    self.found.push(second.span, "a CNAME record set has one value (InvalidChangeBatch)");
                }
                RecordData::Cname(names.pop()?)
            }
            RecordType::Mx => RecordData::Mx(self.values(texts, mail, "MXRRDATANotTwoFields")?),
            RecordType::Ns => RecordData::Ns(self.values(texts, domain, "NSRRDATAIllegalDomain")?),
            RecordType::Ptr => RecordData::Ptr(self.values(texts, domain, "PTRRRDATAIllegalDomain")?),
            RecordType::Srv => RecordData::Srv(self.values(texts, service, "SRVRRDATANotFourFields")?),
            RecordType::Txt => RecordData::Txt(self.values(texts, strings, "InvalidCharacterString")?),
        })
    }

    fn values<T>(&mut self, texts: &[Text], parse: impl Fn(&str) -> Option<T>, code: &str) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for text in texts {
            let parsed = parse(&text.value);
            if parsed.is_none() {
                let message = format!("invalid resource record: FATAL problem: {code} encountered with");
                self.found.push(text.span, format!("{message} `{}` (InvalidChangeBatch)", text.value));
            }
            values.push(parsed);
        }
        values.into_iter().collect()
    }

    fn one_text(&mut self, value: &Spanned<Value>) -> Option<Text> {
        self.texts(value)?.pop()
    }

    /// What a value says, now that the lab is known: several texts only for a Resolver endpoint.
    pub(super) fn texts(&mut self, value: &Spanned<Value>) -> Option<Vec<Text>> {
        let span = value.span;
        let one = |text: String| Some(vec![Spanned::new(text, span)]);
        match &value.value {
            Value::Text(text) => one(text.clone()),
            Value::PrivateIp(name) => one(self.interface_of(name, span)?.private_ip.to_string()),
            Value::PrivateDnsName(name) => {
                let interface = self.interface_of(name, span)?;
                let (ip, vpc) = (interface.private_ip, interface.vpc.clone());
                one(dns_name::instance_private(self.vpcs.get(&vpc)?, ip))
            }
            Value::PublicIp(name) => one(self.public_ip_of(name, span)?.to_string()),
            Value::PublicDnsName(name) => {
                let ip = self.public_ip_of(name, span)?;
                let vpc = self.interface_of(name, span)?.vpc.clone();
                let public = dns_name::instance_public(self.vpcs.get(&vpc)?, ip);
                if public.is_none() {
                    self.found.push(span, format!("instance `{name}` has no public DNS name"));
                }
                one(public?)
            }
            Value::ElasticIp(name) => {
                let allocation = Id::derive(self.lab, "eipalloc", name.as_str());
                let mut public = self.network_interfaces.values().filter_map(|interface| interface.public.as_ref());
                let found = public.find(|public| public.allocation.as_ref() == Some(&allocation)).map(|it| it.ip);
                if found.is_none() {
                    self.found.push(span, format!("elastic IP `{name}` has no address, as nothing has it"));
                }
                one(found?.to_string())
            }
            Value::LoadBalancer(name) => {
                let reference = Spanned::new(name.clone(), span);
                one(self.load_balancers.find(&reference, &mut self.found)?.dns_name.clone())
            }
            Value::Endpoint(name, place) => one(self.endpoint_entry(&Spanned::new(name.clone(), span), *place)?),
            Value::ResolverEndpoint(name) => {
                let reference = Spanned::new(name.clone(), span);
                let interfaces = &self.resolver_endpoints.find(&reference, &mut self.found)?.interfaces;
                let addresses = interfaces.iter().filter_map(|name| self.network_interfaces.get(name));
                Some(addresses.map(|interface| Spanned::new(interface.private_ip.to_string(), span)).collect())
            }
        }
    }

    /// A name of an endpoint, by its place in `DnsEntries`.
    fn endpoint_entry(&mut self, reference: &Spanned<Name>, place: usize) -> Option<String> {
        let endpoint = self.endpoints.find(reference, &mut self.found)?;
        let service = endpoint.endpoint_service().map(|service| self.endpoint_services.get(service));
        let service = match service {
            Some(service) => Some(&service?.id),
            None => None,
        };
        let azs = std::iter::once(None).chain(endpoint.interfaces.keys().map(Some));
        let region = &self.vpcs.get(&endpoint.vpc)?.region;
        let mut names = azs.map(|az| dns_name::endpoint_name(region, endpoint, service, az));
        let name = names.nth(place);
        if name.is_none() {
            let message =
                format!("endpoint `{}` has {} names of its own", reference.value, endpoint.interfaces.len() + 1);
            self.found.push(reference.span, message);
        }
        name
    }

    fn interface_of(&mut self, instance: &Name, span: Span) -> Option<&super::NetworkInterface> {
        let reference = Spanned::new(instance.clone(), span);
        let interface = &self.instances.find(&reference, &mut self.found)?.interface;
        self.network_interfaces.get(interface)
    }

    fn public_ip_of(&mut self, instance: &Name, span: Span) -> Option<std::net::Ipv4Addr> {
        let public = self.interface_of(instance, span)?.public.as_ref().map(|public| public.ip);
        if public.is_none() {
            self.found.push(span, format!("instance `{instance}` has no public address"));
        }
        public
    }
}

/// Why a zone cannot have a record set beside the others of its name.
fn conflict(domain: &str, name: &str, kind: RecordType, others: &[RecordSet]) -> Option<String> {
    let is_cname = |kind| kind == RecordType::Cname;
    Some(if !is_in(name, domain) {
        format!("RRSet with DNS name {name}. is not permitted in zone {domain}.")
    } else if is_cname(kind) && name == domain {
        format!("RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {domain}.")
    } else if others.iter().any(|other| other.data.kind() == kind) {
        format!("tried to create resource record set [name='{name}.', type='{kind}'] but it already exists")
    } else if others.iter().any(|other| is_cname(other.data.kind()) != is_cname(kind)) {
        format!(
            "RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records with the \
             same DNS name in zone {domain}."
        )
    } else {
        return None;
    })
}

/// A name as the lab writes it.
pub(super) fn domain(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase().replace("\\052", "*");
    let is_label = |label: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && (label == "*" || label.bytes().all(known))
    };
    (name.len() <= LONGEST_NAME && name.split('.').all(is_label)).then_some(name)
}

fn mail(text: &str) -> Option<(u16, String)> {
    let mut fields = text.split_whitespace();
    let mail = (number(fields.next()?)?, domain(fields.next()?)?);
    fields.next().is_none().then_some(mail)
}

fn service(text: &str) -> Option<(u16, u16, u16, String)> {
    let mut fields = text.split_whitespace();
    let mut next = || number(fields.next()?);
    let (priority, weight, port) = (next()?, next()?, next()?);
    let target = domain(fields.next()?)?;
    fields.next().is_none().then_some((priority, weight, port, target))
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Strings in quotation marks, each of 255 bytes at most.
fn strings(text: &str) -> Option<Vec<String>> {
    let (mut strings, mut characters) = (Vec::new(), text.trim().chars().peekable());
    while let Some(first) = characters.next() {
        if first != '"' {
            return None;
        }
        let mut string = String::new();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => string.push(characters.next()?),
                other => string.push(other),
            }
        }
        if string.len() > 255 {
            return None;
        }
        strings.push(string);
        while characters.next_if(|next| next.is_whitespace()).is_some() {}
    }
    (!strings.is_empty()).then_some(strings)
}
