//! SET's own rules.

mod set_bci_expired;
mod set_bci_long_lived;
mod set_bci_names_no_crl;
mod set_brand_differs;
mod set_brand_missing;
mod set_card_number_in_name;
mod set_criticality;
mod set_end_entity_is_ca;
mod set_extension_misplaced;
mod set_gateway_data_missing;
mod set_key_id_missing;
mod set_key_of_no_suite;
mod set_key_usage_missing;
mod set_merchant_data_missing;
mod set_next_root_key_missing;
mod set_path_length;
mod set_policy_missing;
mod set_roles_mixed;
mod set_root_issued_by_another;
mod set_self_signed_not_root;
mod set_signature_of_no_suite;
mod set_signing_period;
mod set_tunneling_suites;
mod set_type_empty;
mod set_type_missing;
mod set_usage_of_role;

use crate::lint::Rule;

/// Every rule of this source.
pub(super) static RULES: &[&Rule] = &[
    &set_bci_expired::RULE,
    &set_bci_long_lived::RULE,
    &set_bci_names_no_crl::RULE,
    &set_brand_differs::RULE,
    &set_brand_missing::RULE,
    &set_card_number_in_name::RULE,
    &set_criticality::RULE,
    &set_end_entity_is_ca::RULE,
    &set_extension_misplaced::RULE,
    &set_gateway_data_missing::RULE,
    &set_key_id_missing::RULE,
    &set_key_of_no_suite::RULE,
    &set_key_usage_missing::RULE,
    &set_merchant_data_missing::RULE,
    &set_next_root_key_missing::RULE,
    &set_path_length::RULE,
    &set_policy_missing::RULE,
    &set_roles_mixed::RULE,
    &set_root_issued_by_another::RULE,
    &set_self_signed_not_root::RULE,
    &set_signature_of_no_suite::RULE,
    &set_signing_period::RULE,
    &set_tunneling_suites::RULE,
    &set_type_empty::RULE,
    &set_type_missing::RULE,
    &set_usage_of_role::RULE,
];
