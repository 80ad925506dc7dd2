# Needs the built program: ./commondata --version builds it.
FROM eclipse-temurin:17-jre

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/commondata commondata \
    && install --directory --owner=commondata --mode=0700 /var/lib/commondata/drop

WORKDIR /opt/commondata
COPY target/lib lib
COPY target/commondata.jar commondata.jar

ENV COMMONDATA_HOME=/var/lib/commondata

USER commondata
EXPOSE 8080
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75", "-XX:+ExitOnOutOfMemoryError", \
    "-Dfile.encoding=UTF-8", "-jar", "commondata.jar"]
# Nobody reaches the loopback interface of a container; only what is published gets out of it.
CMD ["up", "--address", "0.0.0.0"]
