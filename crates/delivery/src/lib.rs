//! Takes a bundle or its fields to a product; never sees a Microsoft token.
