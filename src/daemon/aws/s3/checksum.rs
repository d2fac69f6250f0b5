//! Checksums and entity tags of what comes in: computed while it is written, and compared with what the client says, before
//! or after the body.

use super::refusal::error;
use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{HeaderMap, header::AsHeaderName};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256},
    dto::Checksum,
};

/// What AWS uses where the client asks for nothing.
pub(super) const DEFAULT: &str = "CRC64NVME";

/// The algorithms.
const ALGORITHMS: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// What a body says of itself, computed as it passes.
pub(super) struct Digest {
    md5: Md5,
    algorithm: String,
    hasher: ChecksumHasher,
    /// What the client says it is: the checksum and the MD5, both in Base64.
    said: Option<String>,
    said_md5: Option<String>,
}

/// What came of it.
pub(super) struct Sums {
    pub(super) md5: [u8; 16],
    pub(super) algorithm: String,
    pub(super) checksum: String,
}

impl Digest {
    /// By the algorithm of the request: that of a checksum in its headers, one that it announces after the body, one that
    /// it names, or this one.
    pub(super) fn of(headers: &HeaderMap, default: &str) -> S3Result<Self> {
        let header = |name: &str| text(headers, format!("x-amz-checksum-{}", name.to_lowercase()));
        let given = ALGORITHMS.iter().find_map(|name| Some(((*name).to_owned(), header(name)?)));
        let announced = text(headers, "x-amz-trailer");
        let announced = announced.as_deref().and_then(|name| name.trim().strip_prefix("x-amz-checksum-"));
        let named = text(headers, "x-amz-sdk-checksum-algorithm").or_else(|| text(headers, "x-amz-checksum-algorithm"));
        let (algorithm, said) = match given {
            Some((algorithm, value)) => (algorithm, Some(value)),
            None => (announced.map(str::to_uppercase).or(named).unwrap_or_else(|| default.to_owned()), None),
        };
        Ok(Self { said, said_md5: text(headers, "content-md5"), ..Self::new(&algorithm)? })
    }

    /// By this algorithm, with nothing to compare.
    pub(super) fn new(algorithm: &str) -> S3Result<Self> {
        Ok(Self {
            md5: Md5::new(),
            hasher: hasher(algorithm)?,
            algorithm: algorithm.to_owned(),
            said: None,
            said_md5: None,
        })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.hasher.update(bytes);
    }

    /// What it is, if that is what the client says, be it after the body.
    pub(super) fn end(self, trailers: Option<&HeaderMap>) -> S3Result<Sums> {
        let after = format!("x-amz-checksum-{}", self.algorithm.to_lowercase());
        let said = self.said.or_else(|| text(trailers?, after));
        let checksum = value(self.hasher.finalize()).unwrap_or_default();
        if said.is_some_and(|said| said != checksum) {
            let name = self.algorithm;
            let message = format!("The {name} you specified did not match the calculated checksum.");
            return Err(S3Error::with_message(S3ErrorCode::BadDigest, message));
        }
        let md5 = self.md5.finalize();
        if let Some(said) = self.said_md5 {
            match STANDARD.decode(said) {
                Ok(said) if said == md5 => {}
                Ok(said) if said.len() == md5.len() => return Err(error(S3ErrorCode::BadDigest)),
                _ => return Err(error(S3ErrorCode::InvalidDigest)),
            }
        }
        Ok(Sums { md5, algorithm: self.algorithm, checksum })
    }
}

/// The checksum of checksums, as of an object that came in parts.
pub(super) fn composite(algorithm: &str, parts: impl ExactSizeIterator<Item = String>) -> S3Result<String> {
    let (mut hasher, number) = (hasher(algorithm)?, parts.len());
    for part in parts {
        hasher.update(&STANDARD.decode(part).map_err(|_| error(S3ErrorCode::InternalError))?);
    }
    Ok(format!("{}-{number}", value(hasher.finalize()).unwrap_or_default()))
}

/// The MD5 of MD5s, as entity tags of objects are that came in parts.
pub(super) fn composite_tag(parts: impl ExactSizeIterator<Item = [u8; 16]>) -> String {
    let (mut md5, number) = (Md5::new(), parts.len());
    parts.for_each(|part| md5.update(&part));
    format!("{}-{number}", super::store::hex(&md5.finalize()))
}

/// A checksum as S3's answers have it.
pub(super) fn told(algorithm: &str, value: &str) -> Checksum {
    let value = |name: &str| (algorithm == name).then(|| value.to_owned());
    Checksum {
        checksum_crc32: value("CRC32"),
        checksum_crc32c: value("CRC32C"),
        checksum_crc64nvme: value("CRC64NVME"),
        checksum_sha1: value("SHA1"),
        checksum_sha256: value("SHA256"),
        checksum_type: None,
    }
}

/// Whichever checksum there is.
pub(super) fn value(checksum: Checksum) -> Option<String> {
    let Checksum { checksum_crc32, checksum_crc32c, checksum_crc64nvme, checksum_sha1, checksum_sha256, .. } = checksum;
    checksum_crc32.or(checksum_crc32c).or(checksum_crc64nvme).or(checksum_sha1).or(checksum_sha256)
}

fn hasher(algorithm: &str) -> S3Result<ChecksumHasher> {
    let mut hasher = ChecksumHasher::default();
    match algorithm {
        "CRC32" => hasher.crc32 = Some(Crc32::new()),
        "CRC32C" => hasher.crc32c = Some(Crc32c::new()),
        "CRC64NVME" => hasher.crc64nvme = Some(Crc64Nvme::new()),
        "SHA1" => hasher.sha1 = Some(Sha1::new()),
        "SHA256" => hasher.sha256 = Some(Sha256::new()),
        _ => {
            let message = "Checksum algorithm provided is unsupported.";
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
    }
    Ok(hasher)
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
