//! The certificate authority of a lab, by which the certificates of AWS's services are signed (LNX-12):
//! `/run/vpcns/LAB/authority.pem`, which only root reads. It is made when first needed, new for each lab, and goes with
//! it; the lab's machines trust it, and nothing else does.

use super::state::Lab;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
};
use time::{Duration, OffsetDateTime};

/// Where the certificate begins in the file, after the key.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// How long certificates are good, longer than any lab lives.
const DAYS: i64 = 3650;
/// How long a server's are: some programs take none that is good for longer.
const SERVER_DAYS: i64 = 390;
/// The longest common name.
const LONGEST_NAME: usize = 64;

/// A lab's certificate authority.
pub struct Authority {
    key: KeyPair,
    certificate: String,
    params: CertificateParams,
}

/// A certificate for a server, and its key.
#[derive(Debug)]
pub struct Leaf {
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// Its private key, as PKCS #8 in DER.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}

impl Authority {
    /// The authority of a lab. Of several processes that need it first, one makes it.
    pub fn of(lab: &Lab) -> io::Result<Self> {
        let (path, params) = (lab.authority(), params(lab.name()));
        for _ in 0..2 {
            match fs::read_to_string(&path) {
                Ok(text) => return Self::parse(&text, params),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Err(_) => {}
            }
            let key = KeyPair::generate().map_err(io::Error::other)?;
            let certificate = params.self_signed(&key).map_err(io::Error::other)?;
            let directory = path.parent().expect("it lies in the lab's directory");
            // A temporary file is its owner's alone.
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all((key.serialize_pem() + &certificate.pem()).as_bytes())?;
            match file.persist_noclobber(&path) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
                _ => {}
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn parse(text: &str, params: CertificateParams) -> io::Result<Self> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "it has no certificate");
        let at = text.find(CERTIFICATE).ok_or_else(broken)?;
        let key = KeyPair::from_pem(&text[..at]).map_err(io::Error::other)?;
        Ok(Self { key, certificate: text[at..].to_owned(), params })
    }

    /// Its own certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A new certificate for a server of these names.
    pub fn issue(&self, names: &BTreeSet<String>) -> io::Result<Leaf> {
        let names: Vec<_> = names.iter().cloned().collect();
        let mut params = CertificateParams::new(names.clone()).map_err(io::Error::other)?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = names.iter().find(|name| name.len() <= LONGEST_NAME && !name.starts_with('*')) {
            params.distinguished_name.push(DnType::CommonName, name.clone());
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = good_for(SERVER_DAYS);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(io::Error::other)?;
        Ok(Leaf { certificate: certificate.der().to_vec(), key: key.serialize_der() })
    }
}

/// What stands in the authority's own certificate.
fn params(lab: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "vpcns");
    params.distinguished_name.push(DnType::CommonName, format!("AWS of lab {lab}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = good_for(DAYS);
    params
}

/// From yesterday on, because not all clocks agree.
fn good_for(days: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now - Duration::days(1), now + Duration::days(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_signs() {
        let params = params("lab");
        let key = KeyPair::generate().unwrap();
        let text = key.serialize_pem() + &params.self_signed(&key).unwrap().pem();
        let authority = Authority::parse(&text, params.clone()).unwrap();
        assert!(authority.certificate().starts_with(CERTIFICATE));
        let names = ["*.s3.ap-northeast-2.amazonaws.com", "s3.ap-northeast-2.amazonaws.com"];
        let leaf = authority.issue(&names.map(str::to_owned).into()).unwrap();
        assert!(!leaf.certificate.is_empty() && !leaf.key.is_empty());
        assert!(Authority::parse(&key.serialize_pem(), params).is_err());
    }
}
