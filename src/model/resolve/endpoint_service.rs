//! Endpoint services (SVC-01 to SVC-05).

use super::{
    super::{
        EndpointService, Id, Name, Principal,
        diagnostic::Diagnostics,
        draft::{self, Draft, Text},
    },
    Resolver, tag,
};

impl Resolver<'_> {
    pub(super) fn endpoint_services(&mut self, draft: &Draft) {
        for service in &draft.endpoint_services {
            let resolved = self.endpoint_service(service);
            self.endpoint_services.insert(&service.label.name, resolved, &mut self.found);
        }
    }

    fn endpoint_service(&mut self, service: &draft::EndpointService) -> Option<EndpointService> {
        let label = &service.label.name;
        let balancers = self.balancers_of(service)?;
        let principals =
            service.allowed_principals.iter().filter_map(|text| principal(text, &mut self.found)).collect();
        let id = Id::derive(self.lab, "vpce-svc", label.value.as_str());
        let region = self.region_of(&self.load_balancers.get(balancers.first()?)?.vpc);
        Some(EndpointService {
            service_name: format!("com.amazonaws.vpce.{region}.{id}"),
            id,
            tag: tag(&service.label),
            load_balancers: balancers,
            acceptance_required: service.acceptance_required.unwrap_or(true),
            allowed_principals: principals,
        })
    }

    /// Its load balancers, all of one VPC, each of this service only (SVC-02).
    fn balancers_of(&mut self, service: &draft::EndpointService) -> Option<Vec<Name>> {
        let mut balancers: Vec<Name> = Vec::new();
        let mut vpc: Option<Name> = None;
        for reference in &service.load_balancers {
            let balancer = self.load_balancers.find(reference, &mut self.found)?;
            let same = vpc.get_or_insert_with(|| balancer.vpc.clone());
            if *same != balancer.vpc {
                let message =
                    format!("load balancer `{}` is of VPC `{}`, not of `{same}`", reference.value, balancer.vpc);
                self.found.push(reference.span, format!("{message} (InvalidParameter)"));
            }
            let holder =
                self.endpoint_services.iter().find(|(_, other)| other.load_balancers.contains(&reference.value));
            if holder.is_some() || balancers.contains(&reference.value) {
                let message = format!(
                    "load balancer `{}` serves an endpoint service already (InvalidParameter)",
                    reference.value
                );
                let hint = holder.map_or("it is named twice".to_owned(), |(name, _)| format!("it is `{name}`"));
                self.found.push_with_hint(reference.span, message, hint);
            }
            balancers.push(reference.value.clone());
        }
        if balancers.is_empty() {
            let name = &service.label.name;
            self.found
                .push(name.span, format!("endpoint service `{}` needs a load balancer (MissingParameter)", name.value));
            return None;
        }
        Some(balancers)
    }
}

/// `*`, an account, or an ARN of one (SVC-05).
/// Whether this can be the name of one of AWS's services.
fn is_service(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
}

fn principal(text: &Text, found: &mut Diagnostics) -> Option<Principal> {
    if text.value == "*" {
        return Some(Principal::Everybody);
    }
    if text.value.strip_suffix(".amazonaws.com").is_some_and(is_service) {
        return Some(Principal::Service(text.value.clone()));
    }
    let account =
        text.value.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split(':').next()).unwrap_or(&text.value);
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Principal::Account(account.to_owned()));
    }
    let message = format!("`{}` is not a principal (InvalidPrincipal)", text.value);
    found.push_with_hint(text.span, message, "write an account, `arn:aws:iam::ACCOUNT:root` or `*`");
    None
}
