//! Key exchange and authentication, as they come together in the names of suites.

use super::Authentication as A;
use super::KeyExchange as K;

/// How keys are agreed upon, and who proves to be who.
pub(super) type Exchange = (K, A);

pub(super) const ANY: Exchange = (K::Any, A::Any);
pub(super) const DHE_ANON: Exchange = (K::Dhe, A::Anonymous);
pub(super) const DHE_ANON_EXPORT: Exchange = (K::DheExport, A::Anonymous);
pub(super) const DHE_DSS: Exchange = (K::Dhe, A::Dss);
pub(super) const DHE_DSS_EXPORT: Exchange = (K::DheExport, A::Dss);
pub(super) const DHE_PSK: Exchange = (K::DhePsk, A::Psk);
pub(super) const DHE_RSA: Exchange = (K::Dhe, A::Rsa);
pub(super) const DHE_RSA_EXPORT: Exchange = (K::DheExport, A::Rsa);
pub(super) const DH_DSS: Exchange = (K::Dh, A::Dss);
pub(super) const DH_DSS_EXPORT: Exchange = (K::DhExport, A::Dss);
pub(super) const DH_RSA: Exchange = (K::Dh, A::Rsa);
pub(super) const DH_RSA_EXPORT: Exchange = (K::DhExport, A::Rsa);
pub(super) const ECCPWD: Exchange = (K::EccPwd, A::Password);
pub(super) const ECDHE_ANON: Exchange = (K::Ecdhe, A::Anonymous);
pub(super) const ECDHE_ECDSA: Exchange = (K::Ecdhe, A::Ecdsa);
pub(super) const ECDHE_PSK: Exchange = (K::EcdhePsk, A::Psk);
pub(super) const ECDHE_RSA: Exchange = (K::Ecdhe, A::Rsa);
pub(super) const ECDH_ECDSA: Exchange = (K::Ecdh, A::Ecdsa);
pub(super) const ECDH_RSA: Exchange = (K::Ecdh, A::Rsa);
pub(super) const GOST: Exchange = (K::Gost, A::Gost);
pub(super) const KRB5: Exchange = (K::Krb5, A::Krb5);
pub(super) const KRB5_EXPORT: Exchange = (K::Krb5Export, A::Krb5);
pub(super) const NULL: Exchange = (K::Null, A::Anonymous);
pub(super) const PSK: Exchange = (K::Psk, A::Psk);
pub(super) const RSA: Exchange = (K::Rsa, A::Rsa);
pub(super) const RSA_EXPORT: Exchange = (K::RsaExport, A::Rsa);
pub(super) const RSA_PSK: Exchange = (K::RsaPsk, A::Rsa);
pub(super) const SRP: Exchange = (K::Srp, A::Srp);
pub(super) const SRP_DSS: Exchange = (K::Srp, A::Dss);
pub(super) const SRP_RSA: Exchange = (K::Srp, A::Rsa);
