import { describe, expect, it } from '@jest/globals';
import { openaiResource, resourceNamed, type Subject } from '../../src/kernel/gemini/resource.js';
import { understand, understandLive } from '../../src/kernel/gemini/route.js';

const subject = (httpMethod: string, path: string): Subject | undefined => understand(httpMethod, path)?.subject;

describe('the subject of a path', () => {
  it.each([
    ['GET', '/v1beta/files/abc', 'files', 'files/abc', true],
    ['DELETE', '/v1/files/abc', 'files', 'files/abc', true],
    ['GET', '/v1beta/files/abc:download', 'files', 'files/abc', false],
    ['GET', '/download/v1beta/files/batch-abc:download', 'files', 'files/batch-abc', false],
    ['PATCH', '/v1beta/cachedContents/c', 'cachedContents', 'cachedContents/c', true],
    ['POST', '/v1beta/batches/b:cancel', 'batches', 'batches/b', false],
    ['GET', '/v1beta/models/veo-3.1/operations/o', 'operations', 'models/veo-3.1/operations/o', true],
    ['POST', '/v1beta/models/veo-3.1/operations/o:cancel', 'operations', 'models/veo-3.1/operations/o', false],
    ['GET', '/v1beta/operations/o', 'operations', 'operations/o', true],
    ['GET', '/v1beta/fileSearchStores/s', 'fileSearchStores', 'fileSearchStores/s', true],
    ['GET', '/v1beta/fileSearchStores/s/documents', 'fileSearchStores', 'fileSearchStores/s', false],
    ['DELETE', '/v1beta/fileSearchStores/s/documents/d', 'fileSearchStores', 'fileSearchStores/s', false],
    ['GET', '/v1beta/fileSearchStores/s/upload/operations/o', 'fileSearchStores', 'fileSearchStores/s', false],
    ['POST', '/v1beta/fileSearchStores/s:importFile', 'fileSearchStores', 'fileSearchStores/s', false],
    [
      'POST',
      '/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore',
      'fileSearchStores',
      'fileSearchStores/s',
      false,
    ],
    ['POST', '/v1beta/tunedModels/mine:generateContent', 'tunedModels', 'tunedModels/mine', false],
    ['GET', '/v1beta/tunedModels/mine/permissions/p', 'tunedModels', 'tunedModels/mine', false],
    ['GET', '/v1beta/generatedFiles/g', 'generatedFiles', 'generatedFiles/g', true],
    ['GET', '/v1beta/interactions/v1_abc', 'interactions', 'interactions/v1_abc', true],
    ['POST', '/v1/interactions/v1_abc/cancel', 'interactions', 'interactions/v1_abc', false],
    ['GET', '/v1beta/openai/batches/abc', 'batches', 'batches/abc', true],
    ['POST', '/openai/v1/batches/batches/abc/cancel', 'batches', 'batches/abc', false],
    ['GET', '/v1beta/openai/files/files/abc/content', 'files', 'files/abc', false],
    ['GET', '/openai/v1/videos/abc/content', 'videos', 'videos/abc', false],
    ['GET', '/openai/v1/videos/models/veo/operations/o', 'operations', 'models/veo/operations/o', true],
  ])('%s %s is %s %s', (httpMethod, path, kind, name, isItself) => {
    expect(subject(httpMethod, path)).toEqual({ kind: 'resource', resource: { kind, name }, isItself });
  });

  it.each([
    ['GET', '/v1beta/files', 'list', 'files'],
    ['HEAD', '/v1beta/cachedContents', 'list', 'cachedContents'],
    ['GET', '/v1beta/models/veo-3.1/operations', 'list', 'operations'],
    ['GET', '/openai/v1/batches', 'list', 'batches'],
    ['POST', '/v1beta/files', 'creation', 'files'],
    ['POST', '/upload/v1beta/files', 'creation', 'files'],
    ['POST', '/v1beta/cachedContents', 'creation', 'cachedContents'],
    ['POST', '/v1beta/fileSearchStores', 'creation', 'fileSearchStores'],
    ['POST', '/v1beta/tunedModels', 'creation', 'tunedModels'],
    ['POST', '/v1beta/interactions', 'creation', 'interactions'],
    ['POST', '/v1alpha/auth_tokens', 'creation', 'auth_tokens'],
    ['POST', '/v1beta/models/m:batchGenerateContent', 'creation', 'batches'],
    ['POST', '/v1beta/models/m:asyncBatchEmbedContent', 'creation', 'batches'],
    ['POST', '/v1beta/models/veo-3.1:predictLongRunning', 'creation', 'operations'],
    ['POST', '/v1beta/openai/batches', 'creation', 'batches'],
    ['POST', '/openai/v1/videos', 'creation', 'videos'],
  ])('%s %s is a %s of %s', (httpMethod, path, kind, of) => {
    expect(subject(httpMethod, path)).toEqual({ kind, of });
  });

  it.each([
    ['POST', '/v1beta/files:register'],
    ['DELETE', '/v1beta/files'],
    ['GET', '/v1beta/webhooks'],
    ['POST', '/v1beta/agents'],
    ['POST', '/v1beta/credentials'],
    ['GET', '/v1beta/triggers/t/executions'],
    ['GET', '/v1beta/voices'],
    ['GET', '/v1beta/environments/e/files/a.txt'],
    ['POST', '/upload/v1beta/environments/e/files/a.txt'],
    ['GET', '/v1beta/corpora/c/documents'],
    ['GET', '/v1beta/ragStores/r/operations/o'],
    ['GET', '/v1beta/somethingNew'],
    ['GET', '/v1beta/Files/abc'],
    ['GET', '/v1beta/models/m/somethingNew'],
    ['POST', '/v1beta/openai/audio/speech'],
  ])('%s %s is for administrators of the project', (httpMethod, path) => {
    expect(subject(httpMethod, path)).toEqual({ kind: 'project_wide' });
  });

  it.each([
    ['GET', '/v1beta/models'],
    ['GET', '/v1beta/models/m'],
    ['POST', '/v1beta/models/m:generateContent'],
    ['POST', '/v1beta/models/m:predict'],
    ['POST', '/v1beta/dynamic/d:streamGenerateContent'],
    ['POST', '/openai/v1/chat/completions'],
    ['POST', '/openai/v1/embeddings'],
    ['GET', '/v1beta/openai/models/models/gemini-3.8-flash'],
  ])('%s %s is about nothing that anybody owns', (httpMethod, path) => {
    expect(subject(httpMethod, path)).toEqual({ kind: 'none' });
  });

  it('is nothing for a Live session, whose first message tells', () => {
    const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
    expect(understandLive(path)?.subject).toEqual({ kind: 'none' });
  });
});

describe('resourceNamed', () => {
  it.each([
    ['files/abc:download?alt=media', 'files/abc'],
    ['fileSearchStores/s/operations/o', 'fileSearchStores/s'],
    ['models/m/operations/o', 'models/m/operations/o'],
    ['tunedModels/x/operations/o', 'tunedModels/x'],
  ])('takes %s as %s', (text, name) => {
    expect(resourceNamed(text)?.name).toBe(name);
  });

  it.each(['models/m', 'get_weather', 'files', 'files/', 'corpora/c', ''])('sees none in %j', (text) => {
    expect(resourceNamed(text)).toBeUndefined();
  });

  it('takes an OpenAI id with or without its collection as the same thing', () => {
    expect(openaiResource('batches', 'abc')).toEqual(openaiResource('batches', 'batches/abc'));
  });
});
