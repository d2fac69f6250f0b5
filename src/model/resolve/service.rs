//! AWS's own services that somebody else serves.

use super::{
    super::{
        AwsService, Upstream,
        diagnostic::did_you_mean,
        draft::{self, Draft},
    },
    Resolver,
};

impl Resolver<'_> {
    pub(super) fn services(&mut self, draft: &Draft) {
        for service in &draft.services {
            let upstream = self.upstream(service);
            let Some((name, upstream)) = self.known_service(service).zip(upstream) else { continue };
            // A key that is written twice was refused before.
            self.services.insert(name, upstream);
        }
    }

    /// The service by name, as endpoints know it too.
    fn known_service(&mut self, service: &draft::Service) -> Option<AwsService> {
        let text = &service.name;
        let found = AwsService::find(&text.value);
        if found.is_none() {
            let by_label = AwsService::all().find(|service| service.label() == text.value);
            let names: Vec<_> = AwsService::all().map(|service| service.to_string()).collect();
            let hint = by_label
                .map(|service| format!("it is called `{service}`"))
                .or_else(|| did_you_mean(&text.value, names.iter().map(String::as_str)))
                .unwrap_or_else(|| "it is called as in `com.amazonaws.REGION.NAME`".into());
            self.found.push_with_hint(text.span, format!("AWS has no service `{}` in a lab", text.value), hint);
        }
        found
    }

    fn upstream(&mut self, service: &draft::Service) -> Option<Upstream> {
        let text = &service.upstream;
        let upstream = Upstream::parse(&text.value);
        if upstream.is_none() {
            let message = format!("`{}` cannot be an upstream", text.value);
            self.found.push_with_hint(text.span, message, "write `http://HOST:PORT` or `https://HOST:PORT`");
        }
        upstream
    }
}
