//! Certificates, CRLs, the brand CRL identifier, issuing and path validation.
