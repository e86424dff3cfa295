//! What a type of document may claim, and how each claim is compared.
