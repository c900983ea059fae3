//! Checksums of texts, to tell whether they are the same without keeping them.

use sha2::{Digest, Sha256};

/// The SHA-256 of several texts, each with its length before it.
pub fn digest<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
