//! Whom the native transport trusts: the authorities of the operating system, and those that the environment names.

#[cfg(all(unix, not(target_vendor = "apple")))]
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failure::failure;
use super::request::TransportError;

/// What the environment says about certificates. It is read on JavaScript's thread when a poller is made: JavaScript may
/// change the environment at any time, and it must not be read on another thread meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// `SSL_CERT_FILE`, which takes the place of the operating system's authorities.
    pub file: Option<String>,
    /// `SSL_CERT_DIR`, the same for a list of folders.
    pub directories: Option<String>,
    /// `NODE_EXTRA_CA_CERTS`, which Node trusts beside its own.
    pub extra: Option<String>,
}

impl Trust {
    /// The certificates of `NODE_EXTRA_CA_CERTS`. Node warns about a file it cannot use.
    fn extra_certificates(&self) -> Vec<CertificateDer<'static>> {
        let certificates = self
            .extra
            .as_ref()
            .and_then(|path| CertificateDer::pem_file_iter(path).ok());
        certificates.into_iter().flatten().flatten().collect()
    }

    /// Makes a client of the builder.
    ///
    /// # Errors
    /// If the machine has no authorities.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    pub(super) fn build(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::Client, TransportError> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(self.own_certificates());
        if roots.is_empty() {
            return Err(TransportError::Failed(
                "there are no certificates of authorities on this machine".into(),
            ));
        }
        roots.add_parsable_certificates(self.extra_certificates());
        let provider = rustls::crypto::ring::default_provider();
        let mut tls = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::Failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
        builder
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| failure(error).error)
    }

    /// Where distributions of Linux keep them, unless the environment says where they are.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn own_certificates(&self) -> Vec<CertificateDer<'static>> {
        const FILES: [&str; 6] = [
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/ssl/ca-bundle.pem",
            "/etc/pki/tls/cacert.pem",
            "/etc/ssl/cert.pem",
        ];
        const DIRECTORIES: &str = "/etc/ssl/certs:/etc/pki/tls/certs";
        let (file, directories) = if self.file.is_none() && self.directories.is_none() {
            let file = FILES.into_iter().find(|file| Path::new(file).exists());
            (file, DIRECTORIES)
        } else {
            let directories = self.directories.as_deref().unwrap_or_default();
            (self.file.as_deref(), directories)
        };
        let load = rustls_native_certs::load_certs_from_paths;
        let mut certificates = load(file.map(Path::new), None).certs;
        for directory in directories.split(':').filter(|path| !path.is_empty()) {
            certificates.extend(load(None, Some(Path::new(directory))).certs);
        }
        // Files and folders hold mostly the same.
        certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        certificates.dedup();
        certificates
    }

    /// Makes a client of the builder, with the operating system's own judgement of certificates.
    ///
    /// # Errors
    /// If the operating system has none.
    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    pub(super) fn build(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::Client, TransportError> {
        let extra: Vec<_> = self
            .extra_certificates()
            .iter()
            .filter_map(|certificate| reqwest::Certificate::from_der(certificate).ok())
            .collect();
        let builder = if extra.is_empty() {
            builder
        } else {
            builder.tls_certs_merge(extra)
        };
        builder.build().map_err(|error| failure(error).error)
    }
}
