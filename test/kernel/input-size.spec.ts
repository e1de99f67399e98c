import { describe, expect, it } from '@jest/globals';
import { inputSize, NO_INPUT } from '../../src/kernel/gemini/input-size.js';

const IMAGE_TOKENS = 1_120;
const BLOB = 'iVBORw0KGgo'.repeat(1_000);

const bodyOf = (...parts: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts }] }));
const text = (characters: string) => ({ text: characters });
const inline = (mimeType: string, data = BLOB) => ({ inlineData: { mimeType, data } });

describe('inputSize', () => {
  it('finds nothing in a call without a body', () => {
    expect(inputSize(undefined)).toBe(NO_INPUT);
  });

  it('counts a body without media as text', () => {
    const body = bodyOf(text('hello'));
    expect(inputSize(body)).toEqual({ textBytes: body.length, mediaTokens: 0 });
  });

  it.each([
    ['image/png', IMAGE_TOKENS],
    ['audio/mp3', 2_000],
    ['video/mp4', 20_000],
    ['application/pdf', 5_000],
    ['application/octet-stream', 1_000],
  ])('leaves out the bytes of %s and takes %i tokens for it', (mimeType, tokens) => {
    const body = bodyOf(inline(mimeType), text('what is this?'));
    const { textBytes, mediaTokens } = inputSize(body);
    expect(mediaTokens).toBe(tokens);
    expect(Math.abs(textBytes - (body.length - BLOB.length))).toBeLessThan(5);
  });

  it.each([
    ['snake case', { inline_data: { mime_type: 'image/png', data: BLOB } }],
    ['data before type', { inlineData: { data: BLOB, mimeType: 'image/png' } }],
    ['the OpenAI form', { type: 'image_url', image_url: { url: `data:image/png;base64,${BLOB}` } }],
  ])('knows media in %s', (_what, part) => {
    const body = bodyOf(part, text('what is this?'));
    const { textBytes, mediaTokens } = inputSize(body);
    expect(textBytes).toBeLessThan(body.length - BLOB.length + 50);
    expect(mediaTokens).toBeGreaterThanOrEqual(1_000);
  });

  it('counts each of several parts', () => {
    const body = bodyOf(inline('image/png'), text('and'), inline('image/jpeg'), inline('audio/wav'));
    expect(inputSize(body).mediaTokens).toBe(2 * IMAGE_TOKENS + 2_000);
  });

  it('takes what a prompt says about media for text', () => {
    const body = bodyOf(text(`send {"inlineData": {"mimeType": "image/png", "data": "${BLOB}"}} like this`));
    expect(inputSize(body)).toEqual({ textBytes: body.length, mediaTokens: 0 });
  });

  it('takes a blob that is cut off for what it is', () => {
    const whole = bodyOf(inline('image/png'));
    const body = whole.subarray(0, whole.length - 1_000);
    expect(inputSize(body)).toMatchObject({ mediaTokens: IMAGE_TOKENS });
    expect(inputSize(body).textBytes).toBeLessThan(200);
  });

  it('looks no further than a prompt may have parts', () => {
    const body = Buffer.from('"inlineData"'.repeat(100_000));
    expect(inputSize(body)).toEqual({ textBytes: body.length, mediaTokens: 3_600 * 1_000 });
  });

  it('sizes up a large body', () => {
    const body = bodyOf(text('x'.repeat(1_000_000)), inline('video/mp4', 'A'.repeat(20_000_000)));
    const { textBytes, mediaTokens } = inputSize(body);
    expect([Math.round(textBytes / 1_000), mediaTokens]).toEqual([1_000, 20_000]);
  });
});
