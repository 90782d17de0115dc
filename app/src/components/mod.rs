//! Parts that pages share. They make no server calls.
