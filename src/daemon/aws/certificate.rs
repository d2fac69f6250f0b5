//! TLS of AWS's services: a certificate for each service of a region, signed by the lab's authority (VPCE-33).
//!
//! Which certificate is shown follows from the address that was asked: each is one service's. So there are as many as
//! there are services, whatever names clients send. They are made when first needed and kept.

use crate::{spec::aws::Front, sys::authority::Authority};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// The names of a certificate, and what a connection is served with.
type Made = (BTreeSet<String>, Arc<ServerConfig>);

/// The certificates that were needed so far, by service and region.
#[derive(Debug)]
pub(super) struct Certificates {
    authority: Authority,
    made: Mutex<BTreeMap<(String, String), Made>>,
}

impl Certificates {
    /// None yet.
    pub(super) fn new(authority: Authority) -> Self {
        Self { authority, made: Mutex::default() }
    }

    /// With what a connection to a service is served. A service whose names have changed gets a new certificate.
    pub(super) fn of(&self, front: &Front) -> io::Result<Arc<ServerConfig>> {
        let key = (front.service.clone(), front.region.clone());
        // The package mirror has names of its own, at an address of its own.
        let key = if front.page.is_some() { (format!("{} page", key.0), key.1) } else { key };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = made.get(&key).filter(|(names, _)| *names == front.names) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.make(&front.names)?);
        made.insert(key, (front.names.clone(), config.clone()));
        Ok(config)
    }

    fn make(&self, names: &BTreeSet<String>) -> io::Result<ServerConfig> {
        let leaf = self.authority.issue(names)?;
        let (certificate, key) = (CertificateDer::from(leaf.certificate), PrivatePkcs8KeyDer::from(leaf.key));
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = versions.with_no_client_auth().with_single_cert(vec![certificate], key.into());
        let mut config = config.map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}
