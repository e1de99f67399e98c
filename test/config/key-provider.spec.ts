import { describe, expect, it } from '@jest/globals';
import { loaded, mistakes } from './config.harness.js';

const KEY = `AQ.${'z'.repeat(50)}`;

const withProvider = (provider: string): string =>
  `gemini:\n  api_keys: [{ id: primary, key: ${KEY} }]\n  rotation: { provider: ${provider} }\n`;

describe('gemini.rotation.provider', () => {
  it('is off unless a file is named', () => {
    expect(loaded(withProvider('{}')).config.gemini.rotation.provider).toEqual({
      service_account_file: undefined,
      projects: {},
    });
  });

  it('names the Google Cloud project and the account of the keys of a project', () => {
    const provider =
      '{ service_account_file: a.json, projects: { p: { id: my-project, account: a@b } , q: { id: "123456" } } }';
    expect(loaded(withProvider(provider)).config.gemini.rotation.provider.projects).toEqual({
      p: { id: 'my-project', account: 'a@b' },
      q: { id: '123456', account: undefined },
    });
  });

  it.each([
    [
      '{ projects: { p: { id: my-project } } }',
      'gemini.rotation.provider.service_account_file: is missing: give the file of the account that makes the keys',
    ],
    [
      '{ service_account_file: a.json, projects: { p: { id: ../x } } }',
      'gemini.rotation.provider.projects.p.id: must be the id or the number of a Google Cloud project',
    ],
  ])('says what is wrong with %s', (provider, mistake) => {
    expect(mistakes(withProvider(provider))).toEqual([mistake]);
  });
});
