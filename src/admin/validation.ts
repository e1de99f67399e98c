import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { Fault, type Violation } from '../kernel/errors/fault.js';

/** Checks bodies, queries and parameters against their DTOs; unknown fields are mistakes. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    // Implicit conversion would read the text "false" as true.
    transformOptions: { enableImplicitConversion: false },
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new Fault('validation_failed', { violations: toViolations(errors) }),
  });
}

/** Every mistake of every level, each with its path (`weights.primary`, `items[0].id`). */
export function toViolations(errors: readonly ValidationError[], parent = ''): Violation[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const path = join(parent, property);
    const own = Object.values(constraints ?? {}).map((message) => ({ path, message }));
    return [...own, ...toViolations(children ?? [], path)];
  });
}

function join(parent: string, property: string): string {
  if (parent === '') return property;
  return /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}.${property}`;
}
