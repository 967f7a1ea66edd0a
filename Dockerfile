# The operator's image: one bundle of JavaScript on distroless Node 24. Releases give both images by digest
# (.github/workflows/release.yaml); a build by hand takes the tags. Needs BuildKit, which is what Docker builds with from 23 on;
# before: DOCKER_BUILDKIT=1. No `# syntax` line: the frontend of every BuildKit knows all of this, and needs no download.
ARG BUILD_IMAGE=docker.io/library/node:24-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# JavaScript is the same on amd64 and arm64: built once, on the builder's own platform.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN node scripts/bundle.ts /image/app

FROM ${RUN_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cni-tuner" \
      org.opencontainers.image.description="Tunes the warm pools of the Amazon VPC CNI in a closed loop" \
      org.opencontainers.image.source="https://github.com/cnituning/cni-tuner" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# As a folder of what is copied, /app keeps its own time like its files do: equal sources give an equal layer.
COPY --from=build /image /
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --start-period=30s CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:8081/healthz').then((page) => process.exit(page.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/cni-tuner.mjs"]
CMD ["run"]
