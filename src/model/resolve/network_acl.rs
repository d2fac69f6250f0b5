//! Network ACLs (NACL-02, NACL-03, NACL-04, NACL-09).

use super::{
    super::{
        Action, Id, Name, NetworkAcl, NetworkAclEntry,
        draft::{self, Draft},
    },
    Resolver,
    security_group::protocol,
    tag, text,
};

/// How many entries a network ACL has at most in one direction, once AWS has raised the quota as far as it goes
/// (NACL-09).
const QUOTA: usize = 40;

impl Resolver<'_> {
    pub(super) fn network_acls(&mut self, draft: &Draft) {
        for acl in &draft.network_acls {
            let resolved = self.network_acl(acl);
            self.network_acls.insert(&acl.label.name, resolved, &mut self.found);
        }
        self.own_default_acls();
    }

    fn network_acl(&mut self, acl: &draft::NetworkAcl) -> Option<NetworkAcl> {
        let name = &acl.label.name.value;
        let is_default = self.vpcs.find(&acl.vpc, &mut self.found)?.default_network_acl == *name;
        let mut entries = |written: &Option<Vec<draft::NetworkAclEntry>>| match written {
            Some(entries) => self.entries(entries),
            None if is_default => vec![NetworkAclEntry::allow_all()],
            None => Vec::new(),
        };
        let (inbound, outbound) = (entries(&acl.inbound), entries(&acl.outbound));
        let id = Id::derive(self.lab, "acl", name.as_str());
        Some(NetworkAcl { id, tag: tag(&acl.label), vpc: acl.vpc.value.clone(), inbound, outbound })
    }

    /// The default ones that AWS makes with each VPC (NACL-03).
    fn own_default_acls(&mut self) {
        for (vpc_name, vpc) in self.vpcs.iter() {
            let name: &Name = &vpc.default_network_acl;
            if !self.network_acls.contains(name) {
                let acl = NetworkAcl {
                    id: Id::derive(self.lab, "acl", name.as_str()),
                    tag: String::new(),
                    vpc: vpc_name.clone(),
                    inbound: vec![NetworkAclEntry::allow_all()],
                    outbound: vec![NetworkAclEntry::allow_all()],
                };
                self.network_acls.insert_own(name.clone(), acl);
            }
        }
    }

    fn entries(&mut self, entries: &[draft::NetworkAclEntry]) -> Vec<NetworkAclEntry> {
        let mut resolved: Vec<NetworkAclEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(right) = self.entry(entry) else { continue };
            if resolved.iter().any(|other| other.number == right.number) {
                let message = format!("the network acl entry identified by {} already exists", right.number);
                self.found.push(entry.number.span, format!("{message} (NetworkAclEntryAlreadyExists)"));
                continue;
            }
            resolved.push(right);
        }
        if let Some(first) = entries.get(QUOTA) {
            let message = format!("a network ACL has {QUOTA} entries in one direction at most");
            self.found.push(first.span, format!("{message} (NetworkAclEntryLimitExceeded)"));
        }
        resolved.sort_by_key(|entry| entry.number);
        resolved
    }

    fn entry(&mut self, entry: &draft::NetworkAclEntry) -> Option<NetworkAclEntry> {
        let found = &mut self.found;
        let number = text::within(&entry.number, "the number of an entry", 1..=32766, found);
        let range = [entry.from_port.as_ref(), entry.to_port.as_ref()];
        let protocol = protocol(entry.span, &entry.protocol, range, found);
        let cidr = text::cidr(&entry.cidr, found);
        let words = [("allow", Action::Allow), ("deny", Action::Deny)];
        let action = text::word(&entry.action, "an action", &words, found);
        Some(NetworkAclEntry {
            number: u16::try_from(number?).expect("at most 32766"),
            protocol: protocol?,
            cidr: cidr?,
            action: action?,
            line: self.lines.line(entry.span),
        })
    }
}
