//! Rules of RFC 5280, of the algorithm profiles beside it and of what updates it.

mod alt_name_critical;
mod alt_name_not_critical;
mod alt_name_twice;
mod any_purpose_critical;
mod authority_key_id_critical;
mod authority_key_id_half;
mod authority_key_id_missing;
mod authority_key_id_without_key;
mod ca_cannot_sign;
mod ca_constraints_not_critical;
mod ca_key_id_missing;
mod ca_key_usage_missing;
mod ca_subject_empty;
mod cert_sign_without_ca;
mod certificate_expired;
mod certificate_malformed;
mod certificate_version_unknown;
mod constraints_default_written;
mod country_form;
mod critical_default_written;
mod critical_extension_unknown;
mod crl_authority_key_id_missing;
mod crl_critical_extension_unknown;
mod crl_delta_not_critical;
mod crl_entries_empty;
mod crl_entry_issuer_not_critical;
mod crl_entry_serial;
mod crl_entry_time;
mod crl_entry_twice;
mod crl_extension_twice;
mod crl_freshest_form;
mod crl_issuer_empty;
mod crl_issuing_point_form;
mod crl_malformed;
mod crl_next_update_missing;
mod crl_number_form;
mod crl_number_missing;
mod crl_point_unreachable;
mod crl_points_critical;
mod crl_reason_form;
mod crl_reason_unspecified;
mod crl_signature_algorithms_differ;
mod crl_signature_broken_hash;
mod crl_stale;
mod crl_time_form_wrong;
mod crl_updates_reversed;
mod crl_version_1;
mod directory_attributes_critical;
mod dns_name_reserved_label;
mod dns_name_syntax;
mod dns_name_underscore;
mod ec_curve_not_named;
mod ec_point_form;
mod ec_point_not_on_curve;
mod email_in_subject;
mod email_name_syntax;
mod extension_malformed;
mod extension_twice;
mod extensions_empty;
mod extensions_need_version_3;
mod freshest_crl_critical;
mod information_access_critical;
mod information_access_location;
mod information_access_malformed;
mod inhibit_any_not_critical;
mod ip_name_length;
mod issuer_alt_name_critical;
mod issuer_empty;
mod key_algorithm_unknown;
mod key_length_wrong;
mod key_parameters_present;
mod key_too_weak;
mod key_usage_both_only;
mod key_usage_empty;
mod key_usage_encoding;
mod key_usage_not_critical;
mod key_usage_not_of_the_key;
mod key_usage_only_alone;
mod name_constraints_address;
mod name_constraints_mask;
mod name_constraints_not_critical;
mod name_constraints_without_ca;
mod name_control_character;
mod name_part_empty;
mod name_part_not_ia5;
mod name_part_repeated;
mod name_part_too_long;
mod name_string_type;
mod path_length_without_ca;
mod policy_constraints_empty;
mod policy_constraints_not_critical;
mod policy_cps_form;
mod policy_limits_without_ca;
mod policy_mapping_any;
mod policy_mapping_not_asserted;
mod policy_mapping_not_critical;
mod policy_notice_form;
mod policy_notice_reference;
mod policy_qualifier_unknown;
mod precertificate_form;
mod printable_string_characters;
mod purpose_twice;
mod purpose_without_usage;
mod root_key_ids_differ;
mod rsa_exponent_bad;
mod rsa_exponent_small;
mod rsa_negative;
mod rsa_parameters_not_null;
mod rsa_roca;
mod rsa_small_factor;
mod serial_negative;
mod serial_not_minimal;
mod serial_too_long;
mod serial_zero;
mod signature_algorithm_signs_nothing;
mod signature_algorithm_unknown;
mod signature_algorithms_differ;
mod signature_broken_hash;
mod signature_parameters_wrong;
mod subject_key_id_critical;
mod subject_key_id_missing;
mod subject_nowhere;
mod time_form_wrong;
mod time_stamping_form;
mod time_type_wrong;
mod timestamps_malformed;
mod unique_id_in_version_1;
mod unique_id_present;
mod uri_name_syntax;
mod validity_no_end;
mod validity_reversed;
mod version_1_limits_nothing;
mod version_default_written;

use crate::lint::Rule;

/// Every rule of this source.
pub(super) static RULES: &[&Rule] = &[
    &alt_name_critical::RULE,
    &alt_name_not_critical::RULE,
    &alt_name_twice::RULE,
    &any_purpose_critical::RULE,
    &authority_key_id_critical::RULE,
    &authority_key_id_half::RULE,
    &authority_key_id_missing::RULE,
    &authority_key_id_without_key::RULE,
    &ca_cannot_sign::RULE,
    &ca_constraints_not_critical::RULE,
    &ca_key_id_missing::RULE,
    &ca_key_usage_missing::RULE,
    &ca_subject_empty::RULE,
    &cert_sign_without_ca::RULE,
    &certificate_expired::RULE,
    &certificate_malformed::RULE,
    &certificate_version_unknown::RULE,
    &constraints_default_written::RULE,
    &country_form::RULE,
    &critical_default_written::RULE,
    &critical_extension_unknown::RULE,
    &crl_authority_key_id_missing::RULE,
    &crl_critical_extension_unknown::RULE,
    &crl_delta_not_critical::RULE,
    &crl_entries_empty::RULE,
    &crl_entry_issuer_not_critical::RULE,
    &crl_entry_serial::RULE,
    &crl_entry_time::RULE,
    &crl_entry_twice::RULE,
    &crl_extension_twice::RULE,
    &crl_freshest_form::RULE,
    &crl_issuer_empty::RULE,
    &crl_issuing_point_form::RULE,
    &crl_malformed::RULE,
    &crl_next_update_missing::RULE,
    &crl_number_form::RULE,
    &crl_number_missing::RULE,
    &crl_point_unreachable::RULE,
    &crl_points_critical::RULE,
    &crl_reason_form::RULE,
    &crl_reason_unspecified::RULE,
    &crl_signature_algorithms_differ::RULE,
    &crl_signature_broken_hash::RULE,
    &crl_stale::RULE,
    &crl_time_form_wrong::RULE,
    &crl_updates_reversed::RULE,
    &crl_version_1::RULE,
    &directory_attributes_critical::RULE,
    &dns_name_reserved_label::RULE,
    &dns_name_syntax::RULE,
    &dns_name_underscore::RULE,
    &ec_curve_not_named::RULE,
    &ec_point_form::RULE,
    &ec_point_not_on_curve::RULE,
    &email_in_subject::RULE,
    &email_name_syntax::RULE,
    &extension_malformed::RULE,
    &extension_twice::RULE,
    &extensions_empty::RULE,
    &extensions_need_version_3::RULE,
    &freshest_crl_critical::RULE,
    &information_access_critical::RULE,
    &information_access_location::RULE,
    &information_access_malformed::RULE,
    &inhibit_any_not_critical::RULE,
    &ip_name_length::RULE,
    &issuer_alt_name_critical::RULE,
    &issuer_empty::RULE,
    &key_algorithm_unknown::RULE,
    &key_length_wrong::RULE,
    &key_parameters_present::RULE,
    &key_too_weak::RULE,
    &key_usage_both_only::RULE,
    &key_usage_empty::RULE,
    &key_usage_encoding::RULE,
    &key_usage_not_critical::RULE,
    &key_usage_not_of_the_key::RULE,
    &key_usage_only_alone::RULE,
    &name_constraints_address::RULE,
    &name_constraints_mask::RULE,
    &name_constraints_not_critical::RULE,
    &name_constraints_without_ca::RULE,
    &name_control_character::RULE,
    &name_part_empty::RULE,
    &name_part_not_ia5::RULE,
    &name_part_repeated::RULE,
    &name_part_too_long::RULE,
    &name_string_type::RULE,
    &path_length_without_ca::RULE,
    &policy_constraints_empty::RULE,
    &policy_constraints_not_critical::RULE,
    &policy_cps_form::RULE,
    &policy_limits_without_ca::RULE,
    &policy_mapping_any::RULE,
    &policy_mapping_not_asserted::RULE,
    &policy_mapping_not_critical::RULE,
    &policy_notice_form::RULE,
    &policy_notice_reference::RULE,
    &policy_qualifier_unknown::RULE,
    &precertificate_form::RULE,
    &printable_string_characters::RULE,
    &purpose_twice::RULE,
    &purpose_without_usage::RULE,
    &root_key_ids_differ::RULE,
    &rsa_exponent_bad::RULE,
    &rsa_exponent_small::RULE,
    &rsa_negative::RULE,
    &rsa_parameters_not_null::RULE,
    &rsa_roca::RULE,
    &rsa_small_factor::RULE,
    &serial_negative::RULE,
    &serial_not_minimal::RULE,
    &serial_too_long::RULE,
    &serial_zero::RULE,
    &signature_algorithm_signs_nothing::RULE,
    &signature_algorithm_unknown::RULE,
    &signature_algorithms_differ::RULE,
    &signature_broken_hash::RULE,
    &signature_parameters_wrong::RULE,
    &subject_key_id_critical::RULE,
    &subject_key_id_missing::RULE,
    &subject_nowhere::RULE,
    &time_form_wrong::RULE,
    &time_stamping_form::RULE,
    &time_type_wrong::RULE,
    &timestamps_malformed::RULE,
    &unique_id_in_version_1::RULE,
    &unique_id_present::RULE,
    &uri_name_syntax::RULE,
    &validity_no_end::RULE,
    &validity_reversed::RULE,
    &version_1_limits_nothing::RULE,
    &version_default_written::RULE,
];
