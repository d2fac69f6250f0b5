//! The account's default VPC (VPC-17), which the file does not make: what it says of it is what lies inside.

use super::{lower::Lowering, mapping, name::Named, network_acl, security_group, vpc::within};
use crate::model::{
    DEFAULT_VPC, Name, Region, default_subnet,
    diagnostic::{Span, Spanned},
    draft::Ref,
};

mapping! {
    /// The default VPC.
    struct DefaultVpc = "a mapping of `security_groups` and `network_acls`" {
        /// Security groups. `default` changes the rules of its default group.
        security_groups: Named<security_group::SecurityGroup>,
        /// Network ACLs. `default` changes its default one, which all its subnets have.
        network_acls: Named<network_acl::NetworkAcl>,
    }
}

impl DefaultVpc {
    /// Writes what is in it.
    pub(super) fn lower(self, span: Span, lowering: &mut Lowering<'_>) {
        lowering.draft.default_vpc = true;
        let vpc = Spanned::new(Name::new(DEFAULT_VPC), span);
        for (name, group) in self.security_groups.0 {
            group.lower(&vpc, within(&vpc, name), lowering);
        }
        for (name, acl) in self.network_acls.0 {
            acl.lower(&vpc, within(&vpc, name), lowering);
        }
    }
}

impl Lowering<'_> {
    /// The subnet of an instance that names none: the default subnet of the region's first zone.
    pub(super) fn default_subnet(&mut self, span: Span) -> Ref {
        self.draft.default_vpc = true;
        let region = self.draft.region.as_ref().and_then(|region| Region::parse(&region.value)).unwrap_or_default();
        Spanned::new(default_subnet(&region.azs()[0]), span)
    }
}
