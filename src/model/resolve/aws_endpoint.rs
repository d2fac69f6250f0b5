//! What endpoints to AWS's own services have and others have not: the looking up of such services (VPCE-08,
//! GWE-03) and private DNS (VPCE-05, VPCE-14, VPCE-16).

use super::{
    super::{
        AwsService, Name, PrivateDns,
        diagnostic::{Span, did_you_mean},
        draft::{self, Text},
    },
    Resolver,
    endpoint::Service,
};

impl Resolver<'_> {
    /// A service of AWS's own by name, or by its whole service name in the region of `vpc`. `others` may be meant too.
    pub(super) fn aws_service(&mut self, vpc: Option<&Name>, text: &Text, others: Vec<String>) -> Option<AwsService> {
        let region = vpc.map_or_else(|| self.region.clone(), |vpc| self.region_of(vpc));
        let found = AwsService::find(&text.value).or_else(|| AwsService::of_service_name(&region, &text.value));
        if found.is_some() {
            return found;
        }
        let message = format!("a lab has no VPC endpoint service `{}` (InvalidServiceName)", text.value);
        let whole = text.value.starts_with("com.amazonaws.");
        let known =
            AwsService::all().map(|service| if whole { service.service_name(&region) } else { service.to_string() });
        let known: Vec<_> = others.into_iter().chain(known).collect();
        // VPCE-09
        let elsewhere = text.value.strip_prefix("com.amazonaws.").and_then(|rest| rest.split_once('.'));
        let hint = match elsewhere.filter(|(_, name)| AwsService::find(name).is_some()) {
            Some((_, name)) => Some(format!("services of the VPC's own region only: `com.amazonaws.{region}.{name}`")),
            None => did_you_mean(&text.value, known.iter().map(String::as_str)),
        };
        match hint {
            Some(hint) => self.found.push_with_hint(text.span, message, hint),
            None => self.found.push(text.span, message),
        }
        None
    }

    /// Whether the endpoint takes over the service's name in its VPC.
    pub(super) fn private_dns(&mut self, endpoint: &draft::Endpoint, vpc: &Name, service: &Service) -> bool {
        let offered = match service {
            Service::Own(_) => PrivateDns::Never,
            Service::Aws(service) => service.private_dns(),
        };
        let wanted = endpoint.private_dns_enabled.as_ref();
        let span = wanted.map_or(endpoint.label.name.span, |wanted| wanted.span);
        let wanted = wanted.map_or(offered == PrivateDns::Usually, |wanted| wanted.value);
        if wanted && offered == PrivateDns::Never {
            let name = match service {
                Service::Own(name) => {
                    self.endpoint_services.get(name).map_or("", |service| &service.service_name).into()
                }
                Service::Aws(service) => service.service_name(&self.region_of(vpc)),
            };
            let message =
                format!("private DNS can't be enabled because the service {name} does not provide a private DNS name");
            self.found.push(span, format!("{message} (InvalidParameter)"));
            return false;
        }
        if wanted && let Service::Aws(service) = service {
            self.check_private_dns(vpc, service, span);
        }
        wanted
    }

    /// VPCE-14, VPCE-16.
    fn check_private_dns(&mut self, name: &Name, service: &AwsService, span: Span) {
        let Some(vpc) = self.vpcs.get(name) else { return };
        if !(vpc.enable_dns_support && vpc.enable_dns_hostnames) {
            let message = format!(
                "enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true \
                 for `{name}` (InvalidParameter)"
            );
            self.found.push_with_hint(span, message, "set them on the VPC, or turn the endpoint's private DNS off");
        }
        let same = |endpoint: &super::Endpoint| {
            endpoint.vpc == *name && endpoint.private_dns_enabled && endpoint.aws_service() == Some(service)
        };
        if let Some((other, _)) = self.endpoints.iter().find(|(_, endpoint)| same(endpoint)) {
            let message = format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {} in the VPC \
                 `{name}` (InvalidParameter)",
                service.names(&self.region_of(name))[0]
            );
            let hint = format!("endpoint `{other}` has it: of several endpoints to a service, one has private DNS");
            self.found.push_with_hint(span, message, hint);
        }
    }
}
