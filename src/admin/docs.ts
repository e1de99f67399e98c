import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { BEARER_SCHEME } from '../auth/allow.decorator.js';
import { ProblemDto } from './problem/problem.dto.js';

/** The OpenAPI 3.1 document of the control plane. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const description =
    'The control plane of the Gemini API Proxy. Log in with POST /auth/login and send the access token as ' +
    '`Authorization: Bearer`. Errors are RFC 9457 problem documents.';
  const problem = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } };
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gemini API Proxy')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER_SCHEME)
    .addGlobalResponse({ status: 'default', description: 'Any error, as a problem document.', content: problem })
    .build();
  return SwaggerModule.createDocument(app, base, { extraModels: [ProblemDto] });
}

/** Serves Swagger UI at /docs and the document at /docs-json. Call it after `configureControlPlane`, before `init()`. */
export function mountDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), { jsonDocumentUrl: 'docs-json' });
}
