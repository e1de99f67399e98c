// The unary call that is measured: a generateContent of about a kilobyte with the headers of a Node client.

const TEXT = 'Explain in plain words how a reverse proxy spreads calls over several keys. '.repeat(10);

const BODY = Buffer.from(
  JSON.stringify({
    contents: [{ role: 'user', parts: [{ text: TEXT }] }],
    generationConfig: { temperature: 0.7, maxOutputTokens: 256 },
  }),
);

export function unaryCall(credential) {
  return {
    path: '/v1beta/models/gemini-3.8-flash:generateContent',
    method: 'POST',
    headers: [
      ...['content-type', 'application/json'],
      ...['x-goog-api-key', credential],
      ...['user-agent', 'google-genai-sdk/3.1.0 gl-node/v24'],
      ...['x-goog-api-client', 'google-genai-sdk/3.1.0 gl-node/v24'],
      ...['accept', '*/*'],
      ...['accept-language', '*'],
      ...['sec-fetch-mode', 'cors'],
      ...['accept-encoding', 'gzip, deflate'],
    ],
    body: BODY,
  };
}
