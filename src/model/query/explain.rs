//! How is a question said back in words?
