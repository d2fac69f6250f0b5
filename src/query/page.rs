//! Parts of long answers: `MaxResults` and `NextToken` of EC2, `PageSize` and `Marker` of the load balancers.
//!
//! A token says where the next part begins and, by a hash, of which call: one from elsewhere is refused, and nobody can
//! make one that leads further than a list's end. It keeps nothing in the lab; what a change adds or takes away between
//! two parts moves the rest.

use super::{error::Error, parameters::Parameters, service::Service};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What a service calls the two parameters, and how many items a part may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    /// How many items are wanted.
    pub(super) size: &'static str,
    /// Where to go on.
    pub(super) token: &'static str,
    /// The fewest and the most that may be wanted.
    pub(super) bounds: (usize, usize),
}

/// EC2's.
pub(super) const EC2: Paging = Paging { size: "MaxResults", token: "NextToken", bounds: (5, 1000) };
/// That of the load balancers.
pub(super) const LOAD_BALANCING: Paging = Paging { size: "PageSize", token: "Marker", bounds: (1, 400) };

/// The part that is wanted, and the token of the next one.
pub(super) fn part<T>(
    service: Service,
    paging: Paging,
    parameters: &Parameters,
    items: Vec<T>,
) -> Result<(Vec<T>, Option<String>), Error> {
    let digest = digest(service, paging, parameters);
    let from = match parameters.get(paging.token) {
        None => 0,
        Some(token) => {
            let why = "The token is invalid.";
            let bad = || Error::value(service, paging.token, token, why);
            read(token, digest).filter(|from| *from <= items.len()).ok_or_else(bad)?
        }
    };
    let size = size(service, paging, parameters)?.unwrap_or(paging.bounds.1);
    let next = (from + size < items.len()).then(|| write(from + size, digest));
    Ok((items.into_iter().skip(from).take(size).collect(), next))
}

fn size(service: Service, paging: Paging, parameters: &Parameters) -> Result<Option<usize>, Error> {
    let Some(text) = parameters.get(paging.size) else { return Ok(None) };
    let (least, most) = paging.bounds;
    match text.parse() {
        Ok(size) if (least..=most).contains(&size) => Ok(Some(size)),
        _ => {
            let why = format!("Expecting a value between {least} and {most}.");
            Err(Error::value(service, paging.size, text, &why))
        }
    }
}

fn digest(service: Service, paging: Paging, parameters: &Parameters) -> [u8; 8] {
    let call = parameters.without(&[paging.size, paging.token]);
    let action = parameters.get("Action").unwrap_or_default();
    let digest = Sha256::digest(format!("{}:{action}\n{call}", service.name()));
    digest[..8].try_into().expect("a digest has 32 bytes")
}

fn write(from: usize, digest: [u8; 8]) -> String {
    let mut bytes = digest.to_vec();
    bytes.extend(u64::try_from(from).unwrap_or(u64::MAX).to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(token: &str, digest: [u8; 8]) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let from = bytes.strip_prefix(&digest)?;
    usize::try_from(u64::from_be_bytes(from.try_into().ok()?)).ok()
}
