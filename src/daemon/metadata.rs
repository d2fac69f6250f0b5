//! Instance metadata at 169.254.169.254 of each VPC's router: version 1, and version 2 with tokens
//! (IMDS-01 to IMDS-04). Who asks is known by the source address, which no instance can forge (ENI-02).

mod credentials;
mod token;

pub(super) use credentials::Issuer;
pub(super) use token::Key;

use super::{
    connections,
    http::{self, Body, empty, full},
    services::Shared,
};
use crate::spec::{
    NetnsName,
    service::{InstanceMetadata, Tree},
};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};
use tokio::net::TcpListener;

/// The kernel's usual time to live.
const TTL: u32 = 64;
/// Where a token is asked for.
const TOKEN: &str = "/latest/api/token";

/// Serves the metadata of a VPC's instances, until it is dropped.
pub(super) async fn serve(listener: TcpListener, netns: NetnsName, services: Shared, keys: (Key, Issuer)) {
    let serve = |stream: tokio::net::TcpStream, client: SocketAddr| {
        let (netns, services, keys) = (netns.clone(), services.clone(), keys.clone());
        async move {
            let IpAddr::V4(client) = client.ip() else { return };
            // The connection's own handle on the socket, to set what each answer's packets may pass.
            let socket = socket2::SockRef::from(&stream).try_clone();
            let answer = |request: Request<Incoming>| {
                let services = services.borrow().clone();
                let metadata = services.metadata.get(&netns).and_then(|server| server.instances.get(&client));
                let limit = metadata.filter(|_| request.method() == Method::PUT).map(|its| its.hop_limit.into());
                let hops = limit.unwrap_or(TTL);
                // An answer that goes too far is no reason to give none.
                let _ = socket.as_ref().map(|socket| socket.set_ttl_v4(hops));
                let asked = Asked { netns: &netns, client, key: &keys.0, issuer: &keys.1 };
                std::future::ready(
                    metadata.map_or_else(|| empty(StatusCode::NOT_FOUND), |its| asked.answer(&request, its)),
                )
            };
            if let Err(error) = http::converse(stream, answer).await {
                tracing::debug!(%netns, %client, %error, "a metadata connection broke");
            }
        }
    };
    connections::accept(listener, http::CONNECTIONS, serve).await;
}

/// Who asks, and with what tokens are made.
struct Asked<'a> {
    netns: &'a NetnsName,
    client: Ipv4Addr,
    key: &'a Key,
    issuer: &'a Issuer,
}

impl Asked<'_> {
    fn answer(&self, request: &Request<Incoming>, metadata: &InstanceMetadata) -> Response<Body> {
        let path = request.uri().path();
        match request.method() {
            // IMDS-02: switched off.
            _ if !metadata.enabled => page(StatusCode::FORBIDDEN),
            &Method::PUT if path == TOKEN => self.token(request.headers()),
            &Method::GET | &Method::HEAD if !self.may_ask(request.headers(), metadata) => {
                page(StatusCode::UNAUTHORIZED)
            }
            &Method::GET | &Method::HEAD => {
                self.value(metadata, path).map_or_else(|| page(StatusCode::NOT_FOUND), text)
            }
            _ => page(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// A token for as many seconds as the client wants, six hours at most (IMDS-02).
    fn token(&self, headers: &HeaderMap) -> Response<Body> {
        if headers.contains_key("x-forwarded-for") {
            return page(StatusCode::FORBIDDEN);
        }
        let wanted = headers.get(LIFETIME).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
        let Some(seconds) = wanted.filter(|seconds| (1..=21600).contains(seconds)) else {
            return page(StatusCode::BAD_REQUEST);
        };
        let mut response = text(self.key.token(self.netns, self.client, seconds));
        response.headers_mut().insert(LIFETIME, HeaderValue::from(seconds));
        response
    }

    /// Whether the token is good; none is good too, as long as tokens are optional (IMDS-04).
    fn may_ask(&self, headers: &HeaderMap, metadata: &InstanceMetadata) -> bool {
        match headers.get("x-aws-ec2-metadata-token") {
            None => !metadata.tokens_required,
            Some(token) => token.to_str().is_ok_and(|token| self.key.is_good(token, self.netns, self.client)),
        }
    }

    /// What stands at a path; credentials are of now.
    fn value(&self, metadata: &InstanceMetadata, path: &str) -> Option<String> {
        let value = find(&metadata.tree, path)?;
        match &metadata.credentials {
            Some((at, session)) if path.trim_matches('/').split_once('/').is_some_and(|(_, path)| path == at) => {
                Some(self.issuer.credentials(session))
            }
            _ => Some(value),
        }
    }
}

const LIFETIME: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// The value at a path, or the names below it, a line each and with `/` if there is more below them (IMDS-01).
fn find(tree: &Tree, path: &str) -> Option<String> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Some("latest".into());
    }
    let (version, path) = path.split_once('/').unwrap_or((path, ""));
    if version != "latest" && !is_dated(version) {
        return None;
    }
    if let Some(value) = tree.get(path) {
        return Some(value.clone());
    }
    let below = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut names: BTreeSet<_> = tree
        .range(below.clone()..)
        .map_while(|(key, _)| key.strip_prefix(&below))
        .map(|rest| rest.split_inclusive('/').next().unwrap_or(rest))
        .collect();
    // What is a value and a directory is listed as the latter.
    let directories: Vec<_> = names.iter().filter_map(|name| name.strip_suffix('/')).collect();
    names.retain(|name| !directories.contains(name));
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join("\n"))
}

/// `1.0` or a day, as AWS names its versions; all show the same here.
fn is_dated(version: &str) -> bool {
    version == "1.0"
        || version.split('-').map(str::len).eq([4, 2, 2]) && version.bytes().all(|b| b == b'-' || b.is_ascii_digit())
}

fn text(value: String) -> Response<Body> {
    let mut response = Response::new(full(value.into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// The page of a refusal, as AWS's web server writes it.
fn page(status: StatusCode) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or_default();
    let code = status.as_u16();
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n\
         <!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \
         \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n \
         <head>\n  <title>{code} - {reason}</title>\n </head>\n \
         <body>\n  <h1>{code} - {reason}</h1>\n </body>\n</html>\n"
    );
    let mut response = Response::new(full(page.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::spec::service::Tree;

    fn tree() -> Tree {
        let paths = ["meta-data/instance-id", "meta-data/placement/region", "meta-data/placement/zone", "dynamic/a"];
        paths.map(|path| (path.to_owned(), format!("<{path}>"))).into()
    }

    #[test]
    fn directories_list_what_is_below_them() {
        assert_eq!(find(&tree(), "/").as_deref(), Some("latest"));
        assert_eq!(find(&tree(), "/latest").as_deref(), Some("dynamic/\nmeta-data/"));
        assert_eq!(find(&tree(), "/latest/meta-data/").as_deref(), Some("instance-id\nplacement/"));
        assert_eq!(find(&tree(), "/2021-07-15/meta-data/placement").as_deref(), Some("region\nzone"));
    }

    #[test]
    fn values_are_leaves_and_the_rest_is_nowhere() {
        assert_eq!(
            find(&tree(), "/latest/meta-data/placement/region").as_deref(),
            Some("<meta-data/placement/region>")
        );
        for path in ["/latest/meta-data/place", "/latest/meta", "/first/meta-data", "/latest/meta-data/instance-id/x"] {
            assert_eq!(find(&tree(), path), None, "{path}");
        }
    }
}
