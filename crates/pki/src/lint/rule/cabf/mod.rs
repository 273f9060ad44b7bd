//! Rules of the CA/Browser Forum's Baseline Requirements for TLS server certificates.

mod cabf_alt_name_form;
mod cabf_alt_name_missing;
mod cabf_authority_key_id_form;
mod cabf_ca_purpose_missing;
mod cabf_common_name_not_in_alt_name;
mod cabf_constraints_not_critical;
mod cabf_crl_hold;
mod cabf_crl_too_long;
mod cabf_domain_subject;
mod cabf_internal_name;
mod cabf_issuer_location_missing;
mod cabf_key_algorithm;
mod cabf_leaf_key_id;
mod cabf_leaf_usage;
mod cabf_location_not_http;
mod cabf_policy_missing;
mod cabf_policy_reserved;
mod cabf_purpose_missing;
mod cabf_purpose_other;
mod cabf_reserved_address;
mod cabf_root_extensions;
mod cabf_rsa_exponent;
mod cabf_rsa_size;
mod cabf_serial_entropy;
mod cabf_signature_algorithm;
mod cabf_status_missing;
mod cabf_underscore;
mod cabf_unit_present;
mod cabf_validity_too_long;
mod cabf_wildcard;

use crate::lint::Rule;

/// Every rule of this source.
pub(super) static RULES: &[&Rule] = &[
    &cabf_alt_name_form::RULE,
    &cabf_alt_name_missing::RULE,
    &cabf_authority_key_id_form::RULE,
    &cabf_ca_purpose_missing::RULE,
    &cabf_common_name_not_in_alt_name::RULE,
    &cabf_constraints_not_critical::RULE,
    &cabf_crl_hold::RULE,
    &cabf_crl_too_long::RULE,
    &cabf_domain_subject::RULE,
    &cabf_internal_name::RULE,
    &cabf_issuer_location_missing::RULE,
    &cabf_key_algorithm::RULE,
    &cabf_leaf_key_id::RULE,
    &cabf_leaf_usage::RULE,
    &cabf_location_not_http::RULE,
    &cabf_policy_missing::RULE,
    &cabf_policy_reserved::RULE,
    &cabf_purpose_missing::RULE,
    &cabf_purpose_other::RULE,
    &cabf_reserved_address::RULE,
    &cabf_root_extensions::RULE,
    &cabf_rsa_exponent::RULE,
    &cabf_rsa_size::RULE,
    &cabf_serial_entropy::RULE,
    &cabf_signature_algorithm::RULE,
    &cabf_status_missing::RULE,
    &cabf_underscore::RULE,
    &cabf_unit_present::RULE,
    &cabf_validity_too_long::RULE,
    &cabf_wildcard::RULE,
];
