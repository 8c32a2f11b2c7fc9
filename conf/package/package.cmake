# SPDX-License-Identifier: Apache-2.0
#
# What is installed where, and the Debian package.
#
#   cmake --install BUILD [--prefix DIR]    programs, manuals, unit, samples; nothing under /etc or /var
#   cpack -G DEB                            (in BUILD) bansync_VERSION_ARCH.deb; the same bytes from any folder if
#                                           SOURCE_DATE_EPOCH is set
#
# control/ has the maintainer scripts, stage.cmake adds what only a package has.

include(GNUInstallDirs)
set(BANSYNC_PACKAGE_RELEASE 1~upstream1 CACHE STRING "revision of the Debian package")

set(docs ${CMAKE_INSTALL_DATAROOTDIR}/doc/bansync)
set(examples ${docs}/examples)

install(TARGETS bansyncd DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS banctl DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS deliver-alerts fail2ban-bans DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/bansync)

file(GLOB manuals CONFIGURE_DEPENDS docs/*.[1-8])
foreach(manual ${manuals})
  string(REGEX MATCH "[1-8]$" section ${manual})
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

file(GLOB texts CONFIGURE_DEPENDS docs/*.md)
install(FILES README.md ${texts} DESTINATION ${docs})
install(FILES conf/bansync.conf conf/bansync-minimal.conf DESTINATION ${examples})
install(DIRECTORY conf/rspamd DESTINATION ${examples})

# The unit names the program by its path, which is known now only if the prefix is not given later.
install(CODE "
  file(READ ${PROJECT_SOURCE_DIR}/conf/bansyncd.service unit)
  string(REPLACE /usr/sbin/ \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/ unit \"\${unit}\")
  file(WRITE ${PROJECT_BINARY_DIR}/package/bansyncd.service \"\${unit}\")")
install(FILES ${PROJECT_BINARY_DIR}/package/bansyncd.service DESTINATION lib/systemd/system)
install(FILES conf/bansync.sysusers DESTINATION lib/sysusers.d RENAME bansync.conf)
install(FILES conf/bansync.tmpfiles DESTINATION lib/tmpfiles.d RENAME bansync.conf)

# --- Completion: banctl prints it, once it has the command -------------------------------------------

file(STRINGS include/bansync/command.def completion REGEX "^COMMAND\\(completion_bash, ")
if(completion AND NOT CMAKE_CROSSCOMPILING)
  set(completion_dir ${PROJECT_BINARY_DIR}/package/completion)
  file(MAKE_DIRECTORY ${completion_dir})
  add_custom_command(OUTPUT ${completion_dir}/banctl ${completion_dir}/_banctl
    COMMAND banctl completion bash > ${completion_dir}/banctl
    COMMAND banctl completion zsh > ${completion_dir}/_banctl
    DEPENDS banctl)
  add_custom_target(completion ALL DEPENDS ${completion_dir}/banctl ${completion_dir}/_banctl)
  install(FILES ${completion_dir}/banctl DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
  install(FILES ${completion_dir}/_banctl DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions)
endif()

# --- The package -------------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bansync)
set(CPACK_PACKAGE_VENDOR "bansync")
set(CPACK_PACKAGE_CONTACT "bansync maintainers <maintainers@bansync.invalid>")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/conf/package/stage.cmake)
set(CPACK_BANSYNC_SOURCE_DIR ${PROJECT_SOURCE_DIR}) # for stage.cmake

set(control ${PROJECT_SOURCE_DIR}/conf/package/control)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${BANSYNC_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# procps has kill(1), for the reload. The alternatives make users and directories where systemd does not run.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54~), passwd, procps, \
systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS rspamd) # installing it would start it
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "ban senders that hit rspamd's ratelimits, on all nodes alike
bansyncd runs beside rspamd on every mail node. It reads rspamd's ratelimit
hits from the log and shares them with the other nodes, encrypted, without a
server. A sender that reaches the threshold, counted over all nodes, is banned
on all of them: every node writes the same map, byte for byte, and rspamd
rejects by it. A node that is cut off keeps protecting.

banctl shows, makes and lifts bans, and compares the nodes.")
include(CPack)
