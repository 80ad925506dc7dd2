# Needs the built program: ./commondata --version builds it.
FROM eclipse-temurin:17-jre

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/commondata commondata \
    && install --directory --owner=commondata --mode=0700 /var/lib/commondata/drop

WORKDIR /opt/commondata
COPY target/lib lib
COPY target/commondata.jar commondata.jar

# In a container the loopback interface reaches nobody; the ports stay closed outside of it unless
# they are published.
ENV COMMONDATA_HOME=/var/lib/commondata \
    SERVER_ADDRESS=0.0.0.0

USER commondata
EXPOSE 8080
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75", "-Dfile.encoding=UTF-8", "-jar", "commondata.jar"]
CMD ["up"]
