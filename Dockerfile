# The image of the proxy: Node 24, production dependencies, an ordinary user. `docker build -t gemini-proxy .`
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci
COPY tsconfig.json nest-cli.json ./
COPY migrations ./migrations
COPY src ./src
RUN npm run build

# Left out: the packages that bring a Node 24 to older machines, since the image has its own, and the compiler, which npm
# keeps as an optional peer of a library.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/typescript \
    node_modules/.bin/node node_modules/.bin/tsc node_modules/.bin/tsserver

FROM ${NODE_IMAGE}
# HOST and ADMIN_HOST override the file: inside a container, what is published decides who can connect.
ENV NODE_ENV=production HOST=0.0.0.0 ADMIN_HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY config ./config
COPY deploy/start-or-demo ./deploy/
RUN chmod 755 deploy/start-or-demo dist/src/cli/gemini-proxy.js \
  && ln -s /app/dist/src/cli/gemini-proxy.js /usr/local/bin/gemini-proxy \
  && mkdir -p data logs \
  && chown node:node data logs
USER node
VOLUME ["/app/data", "/app/logs"]
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT || 9090}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
