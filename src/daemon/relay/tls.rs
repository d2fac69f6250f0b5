//! TLS of load balancers: certificates of the lab's authority towards clients, and towards targets none and no questions,
//! because a load balancer does not verify what its targets show.

use crate::{spec::relay::Tls, sys::authority::Authority};
use rustls::{
    ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// The certificates that listeners needed so far.
#[derive(Debug)]
pub(in crate::daemon) struct Certificates {
    authority: Authority,
    made: Mutex<Made>,
    client: Arc<ClientConfig>,
}

/// Certificates by their names, and what connections are served with.
#[derive(Debug, Default)]
struct Made {
    certificates: BTreeMap<BTreeSet<String>, Arc<CertifiedKey>>,
    configs: BTreeMap<Tls, Arc<ServerConfig>>,
}

impl Certificates {
    /// None yet.
    pub(in crate::daemon) fn new(authority: Authority) -> io::Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let anybody = Arc::new(Anybody(provider.clone()));
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let verifying = versions.map_err(io::Error::other)?.dangerous().with_custom_certificate_verifier(anybody);
        let client = Arc::new(verifying.with_no_client_auth());
        Ok(Self { authority, made: Mutex::default(), client })
    }

    /// With what targets are asked.
    pub(super) fn client(&self) -> Arc<ClientConfig> {
        self.client.clone()
    }

    /// With what the clients of a listener are served.
    pub(super) fn of(&self, tls: &Tls) -> io::Result<Arc<ServerConfig>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.configs.get(tls) {
            return Ok(config.clone());
        }
        let mut shown = Vec::new();
        for names in &tls.certificates {
            let certificate = match made.certificates.get(names) {
                Some(certificate) => certificate.clone(),
                None => Arc::new(self.make(names)?),
            };
            made.certificates.insert(names.clone(), certificate.clone());
            shown.push((names.clone(), certificate));
        }
        let wanted: [(bool, &'static SupportedProtocolVersion); 2] = [(tls.v12, &TLS12), (tls.v13, &TLS13)];
        let versions: Vec<_> = wanted.into_iter().filter(|(speaks, _)| *speaks).map(|(_, version)| version).collect();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&versions).map_err(io::Error::other)?;
        let config = Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(ByName(shown))));
        made.configs.insert(tls.clone(), config.clone());
        Ok(config)
    }

    fn make(&self, names: &BTreeSet<String>) -> io::Result<CertifiedKey> {
        let leaf = self.authority.issue(names)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.key));
        let key = ring::sign::any_supported_type(&key).map_err(io::Error::other)?;
        Ok(CertifiedKey::new(vec![CertificateDer::from(leaf.certificate)], key))
    }
}

/// Shows the first certificate that is for the name that a client asks for, or the default one.
#[derive(Debug)]
struct ByName(Vec<(BTreeSet<String>, Arc<CertifiedKey>)>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().map(str::to_ascii_lowercase);
        let fits =
            |names: &BTreeSet<String>| asked.as_ref().is_some_and(|asked| names.iter().any(|name| is_for(name, asked)));
        let found = self.0.iter().find(|(names, _)| fits(names)).or(self.0.first());
        found.map(|(_, certificate)| certificate.clone())
    }
}

/// Whether a name of a certificate is for a host: `*.` stands for one label.
fn is_for(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, of)| of == parent),
        None => name == host,
    }
}

/// Takes whatever certificate a target shows, as long as it has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(is_for("www.example.com", "www.example.com"));
        assert!(is_for("*.example.com", "www.example.com"));
        assert!(!is_for("*.example.com", "example.com"));
        assert!(!is_for("*.example.com", "a.b.example.com"));
    }
}
