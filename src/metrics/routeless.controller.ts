import { Controller } from '@nestjs/common';

/** Stands in for the library's controller, which would serve prom-client's shared registry to everybody. */
@Controller()
export class RoutelessController {}
