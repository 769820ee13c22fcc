//! Brotli as HTTP has it (RFC 7932): with windows of at most 16 MiB. The decoder knows larger ones too, up to a gigabyte,
//! which a few bytes of a response could ask for.

use std::io::{self, Write};

use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper, SliceWrapperMut,
};

/// As much is decoded at once.
const STEP: usize = 16 * 1024;

/// Decodes what is written to it.
pub struct BrotliDecoder<W> {
    output: W,
    state: Box<BrotliState<Heap, Heap, Heap>>,
    buffer: Box<[u8; STEP]>,
    is_finished: bool,
}

impl<W: Write> BrotliDecoder<W> {
    pub fn new(output: W) -> Self {
        Self {
            output,
            state: Box::new(BrotliState::new_strict(Heap, Heap, Heap)),
            buffer: Box::new([0; STEP]),
            is_finished: false,
        }
    }

    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }

    /// # Errors
    /// If more was to come.
    pub fn end(&mut self) -> io::Result<()> {
        if self.is_finished {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

impl<W: Write> Write for BrotliDecoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (mut left, mut read) = (bytes.len(), 0);
        // Node passes over what follows the end.
        while !self.is_finished {
            let (mut room, mut written, mut total) = (STEP, 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut read,
                bytes,
                &mut room,
                &mut written,
                self.buffer.as_mut_slice(),
                &mut total,
                &mut self.state,
            );
            self.output.write_all(&self.buffer[..written])?;
            match result {
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => break,
                BrotliResult::ResultSuccess => self.is_finished = true,
                BrotliResult::ResultFailure => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "this is not brotli",
                    ));
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Memory for the decoder. Where there is none, the decoder is given nothing and fails.
#[derive(Clone, Copy)]
struct Heap;

#[derive(Default)]
struct Memory<T>(Vec<T>);

impl<T: Clone + Default> Allocator<T> for Heap {
    type AllocatedMemory = Memory<T>;

    fn alloc_cell(&mut self, length: usize) -> Memory<T> {
        let mut memory = Vec::new();
        if memory.try_reserve_exact(length).is_ok() {
            memory.resize(length, T::default());
        }
        Memory(memory)
    }

    fn free_cell(&mut self, _: Memory<T>) {}
}

impl<T> SliceWrapper<T> for Memory<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Memory<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
