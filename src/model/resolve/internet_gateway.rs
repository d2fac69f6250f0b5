//! Internet gateways and their attachments (IGW-05).

use super::{
    super::{
        Id, InternetGateway,
        draft::{self, Draft},
    },
    Resolver, tag,
};

impl Resolver<'_> {
    pub(super) fn internet_gateways(&mut self, draft: &Draft) {
        for gateway in &draft.internet_gateways {
            let resolved = self.internet_gateway(gateway);
            self.internet_gateways.insert(&gateway.label.name, resolved, &mut self.found);
        }
    }

    fn internet_gateway(&mut self, gateway: &draft::InternetGateway) -> Option<InternetGateway> {
        if let Some(vpc) = &gateway.vpc {
            self.vpcs.find(vpc, &mut self.found)?;
            let taken = self.internet_gateways.iter().find(|(_, other)| other.vpc.as_ref() == Some(&vpc.value));
            if let Some((other, _)) = taken {
                let message = format!("VPC `{}` has an internet gateway already (InvalidParameterValue)", vpc.value);
                self.found.push_with_hint(vpc.span, message, format!("it is `{other}`; a VPC has one at most"));
                return None;
            }
        }
        Some(InternetGateway {
            id: Id::derive(self.lab, "igw", gateway.label.name.value.as_str()),
            tag: tag(&gateway.label),
            vpc: gateway.vpc.as_ref().map(|vpc| vpc.value.clone()),
        })
    }
}
