//! Types that keep card numbers, keys and codes from being printed.
