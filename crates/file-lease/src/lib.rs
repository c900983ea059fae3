//! Linux file leases, safely: [`read_lease`] takes one, [`Lease::held`] looks, dropping gives it back.
